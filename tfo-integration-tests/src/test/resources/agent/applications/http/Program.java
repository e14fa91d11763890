package application;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;

/** The JDK's clients and server of HTTP. */
final class Program implements AutoCloseable {
  private final HttpServer server;

  Program() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 8443), 0);
    server.createContext(
        "/",
        exchange -> {
          byte[] body = exchange.getRequestURI().getPath().getBytes(StandardCharsets.US_ASCII);
          exchange.getResponseHeaders().set("Connection", "close");
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
  }

  String exchange(int number) throws Exception {
    URI uri = URI.create("http://127.0.0.1:8443/" + number);
    HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
    String first = new String(connection.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    HttpResponse<String> second =
        HttpClient.newHttpClient()
            .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    return first + " " + second.body();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
