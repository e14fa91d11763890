package io.tfo.testkit.provider;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.testkit.lab.Lab;
import io.tfo.testkit.lab.Labs;
import io.tfo.testkit.lab.Segment;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** TLS by {@code SSLEngine}: the ClientHello rides in the SYN, to the one port that is preset. */
@Timeout(60)
class TlsTest {
  private static final String PASSWORD = "changeit";
  private static final int HANDSHAKE = 22;
  private static final int CLIENT_HELLO = 1;

  @TempDir private Path folder;

  @Test
  void sendsTheClientHelloInTheSecondSyn() throws Exception {
    Provider.require();
    try (Lab lab = Labs.twoHosts()) {
      SSLContext tls = context(lab.server().ipv4().getHostAddress());
      try (WebServer web = WebServer.open(lab, 443, tls)) {
        for (int i = 0; i < 2; i++) {
          assertThat(lab.client().call(() -> fetch(web, tls))).isEqualTo(WebServer.ANSWER);
        }
        List<Segment> syns = lab.wire().syns();
        assertThat(syns).hasSize(2);
        assertThat(syns.get(0).payload()).isEmpty();
        byte[] hello = syns.get(1).payload();
        assertThat(hello).hasSizeGreaterThan(100);
        assertThat(hello[0]).as("TLS record type").isEqualTo((byte) HANDSHAKE);
        assertThat(hello[5]).as("TLS handshake type").isEqualTo((byte) CLIENT_HELLO);
        assertThat(lab.server().counter("TCPFastOpenPassive")).isEqualTo(1);
      }
    }
  }

  private static String fetch(WebServer web, SSLContext tls) throws Exception {
    return HttpClient.newBuilder()
        .sslContext(tls)
        .version(HttpClient.Version.HTTP_1_1)
        .build()
        .send(
            HttpRequest.newBuilder(Program.uri("https", web.address()))
                .timeout(Duration.ofSeconds(20))
                .build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }

  /** A context with a certificate of its own, which it trusts. */
  private SSLContext context(String address) throws Exception {
    Path file = folder.resolve("server.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "server",
                "-keyalg",
                "EC",
                "-dname",
                "CN=server",
                "-ext",
                "SAN=ip:" + address,
                "-storetype",
                "PKCS12",
                "-keystore",
                file.toString(),
                "-storepass",
                PASSWORD)
            .inheritIO()
            .start();
    assertThat(keytool.waitFor(30, TimeUnit.SECONDS)).isTrue();
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    own.init(keys, PASSWORD.toCharArray());
    TrustManagerFactory trusted =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trusted.init(keys);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(own.getKeyManagers(), trusted.getTrustManagers(), null);
    return context;
  }
}
