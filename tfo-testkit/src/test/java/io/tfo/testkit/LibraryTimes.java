package io.tfo.testkit;

import io.tfo.testkit.lab.LabProcess;
import io.tfo.testkit.lab.Segment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import okhttp3.OkHttp;
import okhttp3.Protocol;
import okhttp3.tls.HandshakeCertificates;
import org.apache.hc.core5.util.VersionInfo;
import org.postgresql.util.DriverInfo;

/**
 * Prints the README's table of what each library needs for a new connection and its first answer,
 * 50 ms from its server, without the README's line and with it. {@code ./mvnw -q -Plibrary-times
 * verify} runs it.
 */
final class LibraryTimes {
  private static final Duration ONE_WAY = Duration.ofMillis(25);
  private static final int WARM_UP = 20;
  private static final int CALLS = 15;

  private final SocketLab hosts;
  private final HandshakeCertificates keys;

  private LibraryTimes(SocketLab hosts) {
    this.hosts = hosts;
    this.keys = TestKeys.of(hosts.lab().server().ipv4());
  }

  /** Takes a folder for the files of PostgreSQL. */
  public static void main(String[] args) throws Exception {
    if (LabProcess.needed()) {
      System.exit(LabProcess.start(List.of(), LibraryTimes.class, List.of(args)).waitFor());
    }
    System.out.printf(
        "JDK %s, %s %s%n%n",
        Runtime.version(), System.getProperty("os.name"), System.getProperty("os.version"));
    System.out.println("| | plain | with SYN data | in the SYN |\n|---|---|---|---|");
    String okHttp = "OkHttp " + OkHttp.VERSION;
    web(okHttp + ", HTTP/1.1", false, (calls, url) -> calls.okHttp(url, Protocol.HTTP_1_1));
    web(okHttp + ", HTTPS, HTTP/1.1", true, (calls, url) -> calls.okHttp(url, Protocol.HTTP_1_1));
    web(
        okHttp + ", HTTPS, HTTP/2",
        true,
        (calls, url) -> calls.okHttp(url, Protocol.HTTP_2),
        Protocol.HTTP_2);
    String apache =
        "Apache HttpClient "
            + VersionInfo.loadVersionInfo("org.apache.hc.client5", null).getRelease();
    web(apache + ", HTTP", false, LibraryCalls::apache);
    web(apache + ", HTTPS", true, LibraryCalls::apache);
    postgres("PostgreSQL driver " + DriverInfo.DRIVER_VERSION, Path.of(args[0]));
    System.exit(0); // some libraries keep threads
  }

  private interface WebCall {
    Callable<Long> of(LibraryCalls calls, String url);
  }

  private static void web(String name, boolean tls, WebCall call, Protocol... before)
      throws Exception {
    List<Protocol> protocols = new ArrayList<>(List.of(before));
    protocols.add(Protocol.HTTP_1_1);
    try (SocketLab hosts = SocketLab.open()) {
      LibraryTimes times = new LibraryTimes(hosts);
      try (WebServer server =
          new WebServer(hosts, tls ? times.keys : null, protocols.toArray(Protocol[]::new))) {
        times.print(name, calls -> call.of(calls, server.url()));
      }
    }
  }

  private static void postgres(String name, Path folder) throws Exception {
    try (SocketLab hosts = SocketLab.open();
        PostgresServer server = PostgresServer.on(hosts, Files.createDirectories(folder))) {
      new LibraryTimes(hosts).print(name, calls -> calls.postgres(server.address(), "disable"));
    }
  }

  private void print(String name, Function<LibraryCalls, Callable<Long>> library) throws Exception {
    Callable<Long> plain = library.apply(new LibraryCalls(false, keys));
    Callable<Long> fast = library.apply(new LibraryCalls(true, keys));
    for (int i = 0; i < WARM_UP; i++) {
      millis(plain);
      millis(fast);
    }
    hosts.lab().wire().delay(ONE_WAY);
    List<Double> plainly = new ArrayList<>();
    List<Double> fastly = new ArrayList<>();
    Segment syn = null;
    for (int i = 0; i < CALLS; i++) {
      plainly.add(millis(plain));
      hosts.lab().wire().forget();
      fastly.add(millis(fast));
      syn = hosts.lab().wire().syns().get(0);
    }
    System.out.printf(
        "| %s | %.0f ms | %.0f ms | %d bytes |%n",
        name, median(plainly), median(fastly), syn.payloadLength());
  }

  private double millis(Callable<Long> call) throws Exception {
    return hosts.onClient(
        () -> {
          long start = System.nanoTime();
          return (call.call() - start) / 1e6;
        });
  }

  private static double median(List<Double> times) {
    Collections.sort(times);
    return times.get(times.size() / 2);
  }
}
