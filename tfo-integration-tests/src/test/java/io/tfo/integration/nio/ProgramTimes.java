package io.tfo.integration.nio;

import io.netty.util.Version;
import io.tfo.integration.socket.TestKeys;
import io.tfo.integration.socket.TimesTable;
import io.tfo.lab.Lab;
import io.tfo.lab.LabProcess;
import io.tfo.nio.FastOpenSelectorProvider;
import java.util.List;
import java.util.concurrent.Callable;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.util.Jetty;

/**
 * Prints the table of docs/figures.md: what each program needs for a fetch by a new client, 50 ms
 * from its server: on a port to which connects are not deferred, and on one to which they are.
 * {@code ./mvnw -q -Plibrary-times verify} runs it, and once more for the row with {@code
 * -Dsun.net.httpserver.nodelay=true}.
 */
final class ProgramTimes {
  /**
   * The property by which the JDK's web server sets {@code TCP_NODELAY}. The JDK's client sets it
   * by itself.
   */
  private static final String NO_DELAY = "sun.net.httpserver.nodelay";

  private static final int PLAIN = 80;
  private static final int DEFERRED = 8080;

  private ProgramTimes() {}

  public static void main(String[] args) throws Exception {
    System.setProperty(
        "java.nio.channels.spi.SelectorProvider", FastOpenSelectorProvider.class.getName());
    System.setProperty("io.tfo.provider.ports", String.valueOf(DEFERRED));
    if (LabProcess.needed()) {
      List<String> options =
          Boolean.getBoolean(NO_DELAY) ? List.of("-D" + NO_DELAY + "=true") : List.of();
      System.exit(LabProcess.start(options, ProgramTimes.class, List.of(args)).waitFor());
    }
    if (Boolean.getBoolean(NO_DELAY)) {
      row("`java.net.http.HttpClient`, HTTPS, TCP_NODELAY", NioClient.HTTP_CLIENT_OVER_TLS);
      System.exit(0);
    }
    TimesTable.head();
    row("`java.net.http.HttpClient`, HTTP", NioClient.HTTP_CLIENT);
    row("`java.net.http.HttpClient`, HTTPS", NioClient.HTTP_CLIENT_OVER_TLS);
    row(
        "Netty "
            + Version.identify().get("netty-transport").artifactVersion().replace(".Final", "")
            + ", HTTP",
        NioClient.NETTY);
    row("Jetty " + Jetty.VERSION + ", HTTP", NioClient.JETTY);
    System.exit(0); // some programs keep threads
  }

  private static void row(String name, NioClient program) throws Exception {
    try (Lab lab = Lab.open()) {
      SSLContext tls = TestKeys.of(lab.server().ipv4()).sslContext();
      SSLContext served = program.isOverTls() ? tls : null;
      try (JdkWebServer plain = JdkWebServer.open(lab, PLAIN, served);
          JdkWebServer deferred = JdkWebServer.open(lab, DEFERRED, served)) {
        TimesTable.row(lab, name, fetch(program, plain, tls), fetch(program, deferred, tls));
      }
    }
  }

  private static Callable<Long> fetch(NioClient program, JdkWebServer server, SSLContext tls) {
    return () -> {
      program.fetch(server.address(), tls);
      return System.nanoTime();
    };
  }
}
