package io.tfo.testkit.provider;

import io.netty.util.Version;
import io.tfo.FastOpenSelectorProvider;
import io.tfo.testkit.TestKeys;
import io.tfo.testkit.TimesTable;
import io.tfo.testkit.lab.Lab;
import io.tfo.testkit.lab.LabProcess;
import java.util.List;
import java.util.concurrent.Callable;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.util.Jetty;

/**
 * Prints the README's table of what each program needs for a fetch by a new client, 50 ms from its
 * server: on a port to which connects are not deferred, and on one to which they are. {@code ./mvnw
 * -q -Plibrary-times verify} runs it.
 */
final class ProgramTimes {
  private static final int PLAIN = 80;
  private static final int DEFERRED = 8080;

  private ProgramTimes() {}

  public static void main(String[] args) throws Exception {
    System.setProperty(
        "java.nio.channels.spi.SelectorProvider", FastOpenSelectorProvider.class.getName());
    System.setProperty("io.tfo.provider.ports", String.valueOf(DEFERRED));
    if (LabProcess.needed()) {
      System.exit(LabProcess.start(List.of(), ProgramTimes.class, List.of(args)).waitFor());
    }
    TimesTable.head();
    row("`java.net.http.HttpClient`, HTTP", Program.HTTP_CLIENT);
    row("`java.net.http.HttpClient`, HTTPS", Program.HTTP_CLIENT_OVER_TLS);
    row(
        "Netty "
            + Version.identify().get("netty-transport").artifactVersion().replace(".Final", "")
            + ", HTTP",
        Program.NETTY);
    row("Jetty " + Jetty.VERSION + ", HTTP", Program.JETTY);
    System.exit(0); // some programs keep threads
  }

  private static void row(String name, Program program) throws Exception {
    try (Lab lab = Lab.open()) {
      SSLContext tls = TestKeys.of(lab.server().ipv4()).sslContext();
      SSLContext served = program.isOverTls() ? tls : null;
      try (WebServer plain = WebServer.open(lab, PLAIN, served);
          WebServer deferred = WebServer.open(lab, DEFERRED, served)) {
        TimesTable.row(lab, name, fetch(program, plain, tls), fetch(program, deferred, tls));
      }
    }
  }

  private static Callable<Long> fetch(Program program, WebServer server, SSLContext tls) {
    return () -> {
      program.fetch(server.address(), tls);
      return System.nanoTime();
    };
  }
}
