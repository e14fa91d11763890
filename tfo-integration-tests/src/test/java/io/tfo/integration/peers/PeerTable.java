package io.tfo.integration.peers;

import io.netty.util.Version;
import io.tfo.integration.places.Filter;
import io.tfo.integration.socket.SocketLab;
import io.tfo.integration.socket.WebProgram;
import io.tfo.lab.LabProcess;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Writes the tables of docs/peers.md: how clients in several languages behave in the same
 * situations on the same wire. {@code ./mvnw -q -Ppeers verify} runs it.
 */
final class PeerTable {
  private static final String BEGIN = "<!-- peers: written by PeerTable -->\n";
  private static final String END = "<!-- peers: end -->\n";

  private final Map<PeerProgram, String> missing = new EnumMap<>(PeerProgram.class);
  private final StringBuilder text = new StringBuilder();

  private PeerTable() {}

  /** Takes the page, and names of {@link Situation}s; without names, all of them. */
  public static void main(String[] args) throws Exception {
    if (LabProcess.needed()) {
      System.exit(LabProcess.start(List.of(), PeerTable.class, List.of(args)).waitFor());
    }
    Set<Situation> situations = EnumSet.noneOf(Situation.class);
    Stream.of(args).skip(1).map(Situation::valueOf).forEach(situations::add);
    PeerTable table = new PeerTable();
    table.prepare();
    table.versions();
    table.clients(situations.isEmpty() ? EnumSet.allOf(Situation.class) : situations);
    table.servers();
    write(Path.of(args[0]), table.text.toString());
    System.exit(0);
  }

  private void prepare() throws Exception {
    for (PeerProgram program : PeerProgram.values()) {
      program.whyMissing().ifPresent(reason -> missing.put(program, reason));
    }
  }

  private void versions() throws Exception {
    List<String> versions = new ArrayList<>();
    versions.add(
        "JDK "
            + Runtime.version()
            + ", Netty "
            + Version.identify().get("netty-transport").artifactVersion());
    for (PeerProgram program : PeerProgram.values()) {
      if (!missing.containsKey(program)) {
        versions.add(program.version());
      }
    }
    List<String> processors = processors();
    text.append(
        "Taken on %s: %s; %d cores; Linux %s %s; load before the run %s. Versions: %s.\n\n"
            .formatted(
                LocalDate.now(ZoneOffset.UTC),
                processors.get(0),
                processors.size(),
                System.getProperty("os.version"),
                System.getProperty("os.arch"),
                Files.readString(Path.of("/proc/loadavg")).replaceFirst("(?s) .*", ""),
                String.join("; ", versions)));
    missing.forEach(
        (program, reason) ->
            text.append("Skipped: %s, since %s.\n\n".formatted(program.label, reason)));
  }

  /** Returns the processors of the machine, also those that this process may not use. */
  private static List<String> processors() throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      List<String> names =
          lines
              .filter(line -> line.startsWith("model name"))
              .map(line -> line.replaceFirst(".*: ", ""))
              .toList();
      return names.isEmpty() ? List.of("unknown processor") : names;
    }
  }

  private List<Peer> peers() {
    return Stream.of(Peer.values())
        .filter(peer -> peer.isJava() || !missing.containsKey(peer.inProgram()))
        .toList();
  }

  private void clients(Set<Situation> situations) {
    row("Situation", peers().stream().map(peer -> peer.label).toList());
    row("---", peers().stream().map(peer -> "---").toList());
    for (Situation situation : situations) {
      row(situation.label, peers().stream().map(peer -> tried(situation, peer)).toList());
    }
    text.append('\n');
  }

  private static String tried(Situation situation, Peer peer) {
    String found;
    try {
      found = situation.of(peer);
    } catch (Exception e) {
      found = "not measured: " + e.getMessage();
    }
    System.out.println(situation + ", " + peer + ": " + found);
    return found;
  }

  private void row(String name, List<String> cells) {
    text.append("| ").append(name).append(" | ").append(String.join(" | ", cells)).append(" |\n");
  }

  /** Our client with the servers of others. */
  private void servers() throws Exception {
    row("Server", List.of("JDK `Socket`, first byte at 50 ms", "socket factory"));
    row("---", List.of("---", "---"));
    for (PeerProgram program : PeerProgram.values()) {
      if (program != PeerProgram.CURL && !missing.containsKey(program)) {
        row(program.label, List.of(served(program, Peer.JDK), served(program, Peer.SOCKETS)));
      }
    }
  }

  private static String served(PeerProgram program, Peer client) throws Exception {
    Path folder = Files.createDirectories(Path.of("target", "peers", "served-" + program));
    try (SocketLab hosts = SocketLab.open()) {
      InetSocketAddress address = new InetSocketAddress(hosts.lab().server().ipv4(), 8080);
      hosts.closeLater(
          switch (program) {
            case NGINX -> WebProgram.NGINX.start(hosts.lab().server(), address, folder)::close;
            case HAPROXY -> WebProgram.HAPROXY.start(hosts.lab().server(), address, folder)::close;
            default ->
                WebProgram.listen(
                        hosts.lab().server(),
                        address,
                        folder,
                        program.path(),
                        "listen",
                        address.getAddress().getHostAddress() + ":" + address.getPort())
                    ::close;
          });
      try (PeerProcess process = new PeerProcess(hosts.lab(), client, Filter.NONE)) {
        String found = Situation.firstByte(new Situation.Trial(hosts, client, process, address));
        System.out.println(program + ", " + client + ": " + found);
        return found;
      }
    }
  }

  private static void write(Path page, String tables) throws IOException {
    String before = Files.readString(page);
    int begin = before.indexOf(BEGIN) + BEGIN.length();
    int end = before.indexOf(END);
    Files.writeString(
        page, before.substring(0, begin) + "\n" + tables + "\n" + before.substring(end));
  }
}
