package io.tfo.integration.socket;

import io.tfo.lab.LabProcess;
import io.tfo.testkit.BackendLab;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import javax.net.ssl.SSLSocketFactory;
import okhttp3.OkHttp;
import okhttp3.Protocol;
import okhttp3.tls.HeldCertificate;
import org.apache.hc.core5.util.VersionInfo;
import org.postgresql.util.DriverInfo;

/**
 * Prints two tables of docs/figures.md: what each library needs for a new connection and its first
 * answer, 50 ms from its server, with plain sockets and with the snippet of docs/sockets.md, HTTPS
 * with the defaults of both sides and with {@code TCP_NODELAY} on both; and the same where a first
 * address is dead. {@code ./mvnw -q -Plibrary-times verify} runs it.
 */
final class LibraryTimes {
  private static final String NO_DELAY = ", TCP_NODELAY";

  private final SocketLab hosts;
  private final boolean noDelay;
  private final HeldCertificate key;

  private LibraryTimes(SocketLab hosts, boolean noDelay) {
    this.hosts = hosts;
    this.noDelay = noDelay;
    this.key = TestKeys.held(hosts.lab().server().ipv4());
  }

  /** Takes a folder for the files of PostgreSQL. */
  public static void main(String[] args) throws Exception {
    if (LabProcess.needed()) {
      System.exit(LabProcess.start(List.of(), LibraryTimes.class, List.of(args)).waitFor());
    }
    Path folder = Files.createDirectories(Path.of(args[0]));
    TimesTable.head();
    String okHttp = "OkHttp " + OkHttp.VERSION;
    web(okHttp + ", HTTP/1.1", false, (calls, url) -> calls.okHttp(url, Protocol.HTTP_1_1));
    web(okHttp + ", HTTPS, HTTP/1.1", true, (calls, url) -> calls.okHttp(url, Protocol.HTTP_1_1));
    web(
        okHttp + ", HTTPS, HTTP/2",
        true,
        (calls, url) -> calls.okHttp(url, Protocol.HTTP_2),
        Protocol.HTTP_2);
    nginx(okHttp + ", HTTPS, HTTP/1.1, nginx", folder);
    String apache =
        "Apache HttpClient "
            + VersionInfo.loadVersionInfo("org.apache.hc.client5", null).getRelease();
    web(apache + ", HTTP", false, LibraryCalls::apache);
    web(apache + ", HTTPS", true, LibraryCalls::apache);
    postgres("PostgreSQL driver " + DriverInfo.DRIVER_VERSION, folder);
    System.out.println();
    FailoverTimes.print();
    System.exit(0); // some libraries keep threads
  }

  private interface WebCall {
    Callable<Long> of(LibraryCalls calls, String url);
  }

  private static void web(String name, boolean tls, WebCall call, Protocol... before)
      throws Exception {
    web(name, tls, false, call, before);
    if (tls) {
      web(name + NO_DELAY, true, true, call, before);
    }
  }

  /** Measures with the defaults of both sides, or with {@code TCP_NODELAY} on both sides. */
  private static void web(
      String name, boolean tls, boolean noDelay, WebCall call, Protocol... before)
      throws Exception {
    List<Protocol> protocols = new ArrayList<>(List.of(before));
    protocols.add(Protocol.HTTP_1_1);
    try (SocketLab hosts = SocketLab.open()) {
      LibraryTimes times = new LibraryTimes(hosts, noDelay);
      try (FastOpenWebServer server =
          new FastOpenWebServer(
              hosts,
              FastOpenWebServer.ANSWER,
              tls ? times.serverTls() : null,
              protocols.toArray(Protocol[]::new))) {
        times.print(name, calls -> call.of(calls, server.url()));
      }
    }
  }

  private SSLSocketFactory serverTls() {
    SSLSocketFactory tls = TestKeys.of(key).sslSocketFactory();
    return noDelay ? new NoDelayTls(tls) : tls;
  }

  /** A server that sets {@code TCP_NODELAY} by itself. */
  private static void nginx(String name, Path folder) throws Exception {
    for (boolean noDelay : new boolean[] {false, true}) {
      try (SocketLab hosts = SocketLab.open()) {
        LibraryTimes times = new LibraryTimes(hosts, noDelay);
        InetSocketAddress address =
            new InetSocketAddress(hosts.lab().server().ipv4(), BackendLab.newPort());
        String url =
            "https://%s:%d/".formatted(address.getAddress().getHostAddress(), address.getPort());
        HostProgram nginx = WebProgram.startTls(hosts.lab().server(), address, folder, times.key);
        hosts.closeLater(nginx::close);
        times.print(
            noDelay ? name + NO_DELAY : name, calls -> calls.okHttp(url, Protocol.HTTP_1_1));
      }
    }
  }

  private static void postgres(String name, Path folder) throws Exception {
    try (SocketLab hosts = SocketLab.open();
        PostgresServer server = PostgresServer.on(hosts, Files.createDirectories(folder))) {
      new LibraryTimes(hosts, false)
          .print(name, calls -> calls.postgres(server.address(), "disable"));
    }
  }

  private void print(String name, Function<LibraryCalls, Callable<Long>> library) throws Exception {
    TimesTable.row(
        hosts.lab(),
        name,
        library.apply(new LibraryCalls(false, noDelay, TestKeys.of(key))),
        library.apply(new LibraryCalls(true, noDelay, TestKeys.of(key))));
  }
}
