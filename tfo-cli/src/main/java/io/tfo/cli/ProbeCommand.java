package io.tfo.cli;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.tfo.FastOpenConnector;
import io.tfo.FastOpenListener;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Finds out what a server, and the path to it, do with TCP Fast Open. */
@Command(
    name = "probe",
    description = {
      "Connects to any server, plainly and with data in the SYN. Reports what the path and the"
          + " server do with TCP Fast Open, separately for IPv4 and IPv6.",
      "The server may get the data twice. Unless told otherwise, this sends a TLS ClientHello to"
          + " ports where TLS is usual, and an HTTP HEAD request to all others."
    },
    exitCodeList = {
      "0:TCP Fast Open works to each address that can be reached.",
      "1:It works to one of them.",
      "2:It works to none.",
      ExitStatus.USAGE_LINE,
      ExitStatus.UNAVAILABLE_LINE
    })
final class ProbeCommand implements Callable<Integer> {
  private static final int DEFAULT_PORT = 443;
  private static final int MAX_BYTES = 16 * 1024;
  private static final int MAX_SECONDS = 3600;

  private final Terminal terminal;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      paramLabel = "HOST[:PORT]",
      description = "The host name or address, an IPv6 address in brackets; default port: 443.")
  private String server = "";

  @ArgGroup private @Nullable Data data;

  /** The data to send: one of these. */
  static final class Data {
    @Option(names = "--tls", description = "Send a TLS ClientHello.")
    private boolean tls;

    @Option(names = "--http", description = "Send an HTTP HEAD request.")
    private boolean http;

    @Option(
        names = "--send",
        paramLabel = "TEXT",
        description = "Send this text, in UTF-8. It must be harmless if it arrives twice.")
    private @Nullable String text;
  }

  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = "3",
      description = "The number of connects with TCP Fast Open; default: ${DEFAULT-VALUE}.")
  private int count;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "5",
      description = "The timeout for each connect and each reply; default: ${DEFAULT-VALUE}.")
  private int timeout;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  ProbeCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws Exception {
    Arguments.requireRange(spec, "--count", count, 1, 1_000);
    Arguments.requireRange(spec, "--timeout", timeout, 1, MAX_SECONDS);
    HostAndPort target = target();
    Arguments.requireRange(spec, "PORT", target.port(), 1, 65_535);
    ProbeData sent = data(target);
    Arguments.requireRange(spec, "the length of --send", sent.bytes().length, 1, MAX_BYTES);
    List<InetAddress> addresses = oneOfEachFamily(target.host());
    FastOpenConnector connector = FastOpenConnector.system();
    Demonstration.warmUp(connector, FastOpenListener.system());
    if (!json) {
      terminal.paragraph(
          0,
          "Sending %s (%d bytes) to %s, port %d"
              .formatted(sent.name(), sent.bytes().length, target.host(), target.port()));
      terminal.capability("client", connector.capability());
    }
    List<ProbeResult> results = new ArrayList<>();
    for (InetAddress address : addresses) {
      ProbeResult result =
          ProbeResult.of(
              connector,
              new InetSocketAddress(address, target.port()),
              sent.bytes(),
              count,
              Duration.ofSeconds(timeout));
      results.add(result);
      if (!json) {
        result.print(terminal);
      }
    }
    if (json) {
      terminal.line(
          new GsonBuilder()
              .setPrettyPrinting()
              .disableHtmlEscaping()
              .create()
              .toJson(json(target, sent, results)));
    }
    return exitStatus(results);
  }

  private HostAndPort target() {
    try {
      return HostAndPort.parse(server, DEFAULT_PORT);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  private ProbeData data(HostAndPort target) throws IOException {
    if (data != null && data.text != null) {
      return ProbeData.text(data.text);
    }
    if (data != null && data.tls) {
      return ProbeData.tls(target.host(), target.port());
    }
    return data != null && data.http
        ? ProbeData.http(target.host(), target.port())
        : ProbeData.of(target.host(), target.port());
  }

  private List<InetAddress> oneOfEachFamily(String host) throws UnknownHostException {
    List<InetAddress> one = new ArrayList<>();
    for (InetAddress address : Addresses.of(spec, "HOST", host)) {
      if (one.stream().noneMatch(each -> each.getClass() == address.getClass())) {
        one.add(address);
      }
    }
    return one;
  }

  private static JsonObject json(HostAndPort target, ProbeData sent, List<ProbeResult> results) {
    JsonObject json = new JsonObject();
    json.addProperty("host", target.host());
    json.addProperty("port", target.port());
    json.addProperty("data", sent.name());
    json.addProperty("bytes", sent.bytes().length);
    JsonArray addresses = new JsonArray();
    results.forEach(result -> addresses.add(result.json()));
    json.add("addresses", addresses);
    return json;
  }

  private static int exitStatus(List<ProbeResult> results) throws IOException {
    List<ProbeFinding> reached =
        results.stream()
            .map(ProbeResult::finding)
            .filter(finding -> finding != ProbeFinding.UNREACHABLE)
            .toList();
    if (reached.isEmpty()) {
      ProbeResult last = results.get(results.size() - 1);
      Optional<IOException> failure =
          last.control().orElse(last.plain().get(last.plain().size() - 1)).failure();
      throw new IOException(
          "connect to %s: %s"
              .formatted(
                  Addresses.text(last.server()), failure.map(Errors::describe).orElse("failed")));
    }
    long works = reached.stream().filter(ProbeFinding::works).count();
    return works == reached.size()
        ? ExitStatus.YES
        : works > 0 ? ExitStatus.NO : ExitStatus.NOT_AT_ALL;
  }
}
