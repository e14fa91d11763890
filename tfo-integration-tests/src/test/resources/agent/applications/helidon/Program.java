package application;

import io.helidon.webclient.api.WebClient;
import io.helidon.webserver.WebServer;
import java.net.InetAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Helidon SE: its server and its client, both on virtual threads. */
final class Program implements AutoCloseable {
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final WebServer server =
      WebServer.builder()
          .address(InetAddress.getLoopbackAddress())
          .port(8443)
          .routing(
              routing ->
                  routing.get(
                      "/{number}",
                      (request, response) ->
                          response.send(
                              request.path().pathParameters().get("number")
                                  + (Thread.currentThread().isVirtual() ? " virtual" : ""))))
          .build()
          .start();
  private final WebClient client =
      WebClient.builder().baseUri("http://127.0.0.1:8443").keepAlive(false).build();

  String exchange(int number) throws Exception {
    return threads.submit(() -> client.get("/" + number).requestEntity(String.class)).get();
  }

  @Override
  public void close() {
    threads.close();
    server.stop();
  }
}
