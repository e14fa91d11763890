package application;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.List;

/** Redis' own server, as it is installed; it ends with this JVM. */
final class RedisServer implements AutoCloseable {
  static final int PORT = 8443;

  private final Process process;

  /** Starts it, and waits until it listens. */
  RedisServer() throws IOException {
    process =
        new ProcessBuilder(
                List.of(
                    "setpriv",
                    "--pdeathsig",
                    "KILL",
                    "--",
                    "redis-server",
                    "--bind",
                    "127.0.0.1",
                    "--port",
                    String.valueOf(PORT),
                    "--save",
                    "",
                    "--dir",
                    System.getProperty("java.io.tmpdir")))
            .redirectErrorStream(true)
            .start();
    BufferedReader output = process.inputReader();
    String line = output.readLine();
    while (line != null && !line.contains("Ready to accept connections")) {
      line = output.readLine();
    }
    if (line == null) {
      throw new IOException("redis-server has ended");
    }
  }

  @Override
  public void close() throws InterruptedException {
    process.destroy();
    process.waitFor();
  }
}
