package io.tfo.integration.peers;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A client, used as its documentation says. */
enum Peer {
  JDK("JDK `Socket`", "JDK"),
  SOCKETS("socket factory", "SOCKETS"),
  CONNECTOR("connector", "CONNECTOR"),
  NETTY("Netty epoll", "NETTY"),
  TOKIO("tokio-tfo", "rust"),
  GO("tfo-go", "go"),
  GO_FALLBACK("tfo-go, `Fallback`", "go", "fallback"),
  CURL("curl", "curl");

  private static final String EPOLL = "target/netty-epoll/META-INF/native";

  final String label;
  private final List<String> program;

  Peer(String label, String... program) {
    this.label = label;
    this.program = List.of(program);
  }

  boolean isJava() {
    return ordinal() <= NETTY.ordinal();
  }

  boolean isCurl() {
    return this == CURL;
  }

  /** The program that it is, if it is not in Java. */
  PeerProgram inProgram() {
    return PeerProgram.valueOf(program.get(0).toUpperCase(Locale.ROOT));
  }

  List<String> command() {
    List<String> command = new ArrayList<>();
    if (isJava()) {
      command.addAll(
          List.of(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-XX:TieredStopAtLevel=1",
              "-Xshare:auto",
              "-Djava.library.path=" + EPOLL,
              "-Dslf4j.internal.verbosity=ERROR",
              "-cp",
              System.getProperty("java.class.path"),
              PeerClient.class.getName()));
      command.addAll(program);
    } else {
      command.add(inProgram().path());
      command.addAll(program.subList(1, program.size()));
    }
    return command;
  }

  /** The command of curl for one exchange. */
  List<String> command(String address, int timeoutMillis) {
    List<String> command = new ArrayList<>(List.of(PeerProgram.CURL.path()));
    command.addAll(
        List.of("-q", "-s", "--noproxy", "*", "--tcp-fastopen", "-o", "/dev/null", "-w"));
    command.add("%{time_starttransfer} %{time_total} %{errormsg}\n");
    if (timeoutMillis > 0) {
      command.addAll(
          List.of("--connect-timeout", String.format(Locale.ROOT, "%.3f", timeoutMillis / 1e3)));
    }
    command.add("http://" + address + "/");
    return command;
  }

  /** Translates what curl prints; its status 7 is "failed to connect", 28 a timeout. */
  String curlAnswer(String line, int status) {
    String[] words = line.split(" ", 3);
    double seconds = Double.parseDouble(words[status == 0 ? 0 : 1]);
    String phase = status == 0 ? "ok" : status == 7 || status == 28 ? "connect" : "transfer";
    String message = words.length > 2 ? words[2] : "";
    return String.format(
        Locale.ROOT, "%s %.0f status %d, %s", phase, seconds * 1e6, status, message);
  }
}
