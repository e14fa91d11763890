package io.tfo.integration.nio;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.tfo.lab.Lab;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** The JDK's web server on the lab's server; each answer ends its connection. */
public final class JdkWebServer implements AutoCloseable {
  public static final String ANSWER = "answered";

  private final HttpServer server;

  private JdkWebServer(HttpServer server) {
    this.server = server;
  }

  public static JdkWebServer open(Lab lab, int port, @Nullable SSLContext tls) throws Exception {
    InetSocketAddress address = new InetSocketAddress(lab.server().ipv4(), port);
    return lab.server()
        .call(
            () -> {
              HttpServer server = tls == null ? HttpServer.create(address, 0) : https(address, tls);
              server.createContext("/", JdkWebServer::answer);
              server.setExecutor(task -> lab.server().threads().newThread(task).start());
              server.start();
              return new JdkWebServer(server);
            });
  }

  private static HttpServer https(InetSocketAddress address, SSLContext tls) throws IOException {
    HttpsServer server = HttpsServer.create(address, 0);
    server.setHttpsConfigurator(new HttpsConfigurator(tls));
    return server;
  }

  private static void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      exchange.getRequestBody().readAllBytes();
      byte[] body = ANSWER.getBytes(StandardCharsets.US_ASCII);
      exchange.getResponseHeaders().set("Connection", "close");
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  public InetSocketAddress address() {
    return server.getAddress();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
