package io.tfo.integration.socket;

import io.tfo.socket.FastOpenServerSocketFactory;
import io.tfo.testkit.BackendLab;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import javax.net.ssl.SSLSocketFactory;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import okhttp3.Protocol;
import okhttp3.tls.HandshakeCertificates;
import org.jspecify.annotations.Nullable;

/** OkHttp's web server on the server's host, over our server socket factory; it has one answer. */
final class FastOpenWebServer implements AutoCloseable {
  static final String BODY = "Hello";

  static final MockResponse ANSWER = new MockResponse.Builder().code(200).body(BODY).build();

  private final MockWebServer server = new MockWebServer();
  private final InetSocketAddress address;
  private final String url;

  /** Starts it; with keys it uses TLS. */
  FastOpenWebServer(SocketLab hosts, @Nullable HandshakeCertificates keys, Protocol... protocols)
      throws Exception {
    this(hosts, ANSWER, keys == null ? null : keys.sslSocketFactory(), protocols);
  }

  FastOpenWebServer(
      SocketLab hosts, MockResponse response, @Nullable SSLSocketFactory tls, Protocol... protocols)
      throws Exception {
    InetAddress host = hosts.lab().server().ipv4();
    server.setServerSocketFactory(FastOpenServerSocketFactory.system());
    server.setProtocols(List.of(protocols));
    server.setDispatcher(
        new Dispatcher() {
          @Override
          public MockResponse dispatch(RecordedRequest request) {
            return response;
          }
        });
    if (tls != null) {
      server.useHttps(tls);
    }
    hosts
        .lab()
        .server()
        .call(
            () -> {
              server.start(host, BackendLab.newPort());
              return server;
            });
    address = new InetSocketAddress(host, server.getPort());
    url =
        "%s://%s:%d/"
            .formatted(tls == null ? "http" : "https", host.getHostAddress(), server.getPort());
  }

  InetSocketAddress address() {
    return address;
  }

  String url() {
    return url;
  }

  @Override
  public void close() {
    server.close();
  }
}
