package io.tfo.integration.socket;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.integration.docs.DropInSnippets;
import io.tfo.socket.FastOpenSocketFactory;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.URL;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.Properties;
import java.util.concurrent.Callable;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.tls.HandshakeCertificates;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.core5.http.io.entity.EntityUtils;

/**
 * A new connection and one answer by each library; each returns the {@link System#nanoTime()} at
 * which the answer was there.
 *
 * @param fast whether it is set up by the snippet of docs/sockets.md; otherwise it has plain
 *     sockets
 * @param noDelay whether OkHttp's sockets have {@code TCP_NODELAY}; Apache HttpClient and the
 *     PostgreSQL driver set it by themselves
 */
record LibraryCalls(boolean fast, boolean noDelay, HandshakeCertificates keys) {
  LibraryCalls(boolean fast, HandshakeCertificates keys) {
    this(fast, false, keys);
  }

  /**
   * Returns a new factory. A factory caches its findings for a second, perhaps those of another
   * test's lab.
   */
  private static FastOpenSocketFactory sockets() {
    return DropInSnippets.factory();
  }

  /** A call that returns at the head of the response. */
  Callable<Long> okHttp(String url, Protocol expected) {
    SSLSocketFactory tls = keys.sslSocketFactory();
    OkHttpClient client =
        (fast ? DropInSnippets.okHttp(sockets()) : new OkHttpClient())
            .newBuilder()
            .sslSocketFactory(noDelay ? new NoDelayTls(tls) : tls, keys.trustManager())
            .fastFallback(false) // otherwise OkHttp connects on threads outside the lab
            .build();
    return () -> {
      try (Response response = client.newCall(new Request.Builder().url(url).build()).execute()) {
        long answered = System.nanoTime();
        assertThat(response.body().string()).isEqualTo(FastOpenWebServer.BODY);
        assertThat(response.protocol()).isEqualTo(expected);
        return answered;
      } finally {
        client.connectionPool().evictAll();
      }
    };
  }

  /** A call that returns at the head of the response. */
  Callable<Long> urlConnection(String url) {
    SSLContext context = keys.sslContext();
    return () -> {
      // A new one: a connection that is kept alive belongs to its factory.
      SSLSocketFactory tls =
          fast ? DropInSnippets.tlsFactory(sockets(), context) : context.getSocketFactory();
      HttpsURLConnection connection = DropInSnippets.urlConnection(new URL(url), tls);
      try (InputStream body = connection.getInputStream()) {
        long answered = System.nanoTime();
        assertThat(body.readAllBytes()).asString(US_ASCII).isEqualTo(FastOpenWebServer.BODY);
        return answered;
      } finally {
        connection.disconnect();
      }
    };
  }

  /** A call that returns at the head of the response. */
  Callable<Long> apache(String url) {
    DefaultClientTlsStrategy tls = new DefaultClientTlsStrategy(keys.sslContext());
    return () -> {
      try (CloseableHttpClient client =
          DropInSnippets.apache(
              fast
                  ? DropInSnippets.apacheConnections(sockets())
                  : PoolingHttpClientConnectionManagerBuilder.create(),
              tls)) {
        return client.execute(
            new HttpGet(url),
            response -> {
              long answered = System.nanoTime();
              assertThat(EntityUtils.toString(response.getEntity()))
                  .isEqualTo(FastOpenWebServer.BODY);
              return answered;
            });
      }
    };
  }

  /** A call that returns at the result of the first query. */
  Callable<Long> postgres(InetSocketAddress server, String sslMode) {
    return () -> {
      Properties properties = new Properties();
      properties.setProperty("user", PostgresServer.USER);
      properties.setProperty("sslmode", sslMode);
      properties.setProperty("connectTimeout", "10");
      properties.setProperty("socketTimeout", "20");
      String host = server.getAddress().getHostAddress();
      try (Connection connection =
              fast
                  ? DropInSnippets.postgres(host, server.getPort(), properties)
                  : DriverManager.getConnection(
                      "jdbc:postgresql://%s:%d/".formatted(host, server.getPort()), properties);
          Statement statement = connection.createStatement();
          ResultSet answer = statement.executeQuery("select 6 * 7")) {
        long answered = System.nanoTime();
        assertThat(answer.next()).isTrue();
        assertThat(answer.getInt(1)).isEqualTo(42);
        return answered;
      }
    };
  }
}
