package application;

import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import java.io.IOException;
import java.time.Duration;

/** Lettuce over Netty's NIO transport, and Redis. */
final class Program implements AutoCloseable {
  private final RedisServer server;

  Program() throws IOException {
    server = new RedisServer();
  }

  String exchange(int number) {
    RedisClient client = RedisClient.create("redis://127.0.0.1:" + RedisServer.PORT);
    try (StatefulRedisConnection<String, String> connection = client.connect()) {
      return number + " " + connection.sync().incr("number");
    } finally {
      client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    }
  }

  @Override
  public void close() throws Exception {
    server.close();
  }
}
