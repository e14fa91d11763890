package application;

import java.io.IOException;
import redis.clients.jedis.Jedis;

/** Jedis, and Redis. */
final class Program implements AutoCloseable {
  private final RedisServer server;

  Program() throws IOException {
    server = new RedisServer();
  }

  String exchange(int number) {
    try (Jedis client = new Jedis("127.0.0.1", RedisServer.PORT)) {
      return number + " " + client.incr("number");
    }
  }

  @Override
  public void close() throws Exception {
    server.close();
  }
}
