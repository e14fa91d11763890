package io.tfo.integration.socket;

import io.tfo.lab.LabProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import okhttp3.OkHttp;
import okhttp3.Protocol;
import okhttp3.tls.HandshakeCertificates;
import org.apache.hc.core5.util.VersionInfo;
import org.postgresql.util.DriverInfo;

/**
 * Prints two tables of docs/figures.md: what each library needs for a new connection and its first
 * answer, 50 ms from its server, with plain sockets and with the snippet of docs/sockets.md; and
 * the same where a first address is dead. {@code ./mvnw -q -Plibrary-times verify} runs it.
 */
final class LibraryTimes {
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
    TimesTable.head();
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
    System.out.println();
    FailoverTimes.print();
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
      try (FastOpenWebServer server =
          new FastOpenWebServer(
              hosts, tls ? times.keys : null, protocols.toArray(Protocol[]::new))) {
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
    TimesTable.row(
        hosts.lab(),
        name,
        library.apply(new LibraryCalls(false, keys)),
        library.apply(new LibraryCalls(true, keys)));
  }
}
