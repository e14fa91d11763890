package io.tfo.testkit;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A real PostgreSQL on the server's host, where one is installed and this process is root: it
 * refuses to be root itself, and runs as the user {@code postgres}. It does not ask for TCP Fast
 * Open: a sysctl has the kernel give it to all listeners.
 */
final class PostgresServer implements AutoCloseable {
  static final String USER = "postgres";

  private static final Path INSTALLED = Path.of("/usr/lib/postgresql");
  private static final String PORT = "5432";
  private static final String FAST_OPEN_WITHOUT_SOCKET_OPTION = "1027"; // 0x400, 2 and 1

  private final Process process;
  private final InetSocketAddress address;

  private PostgresServer(Process process, InetSocketAddress address) {
    this.process = process;
    this.address = address;
  }

  /** Starts it with its files in a folder, which is empty the first time. */
  static PostgresServer on(SocketLab hosts, Path folder) throws Exception {
    Path programs = programs();
    Path data = folder.resolve("data");
    if (!Files.exists(data)) {
      assumeTrue(isGivenAway(folder), "needs root, and the user " + USER);
      Process init = run(folder, programs.resolve("initdb"), "-A", "trust", "-N", "-D", data);
      assumeTrue(init.waitFor(60, TimeUnit.SECONDS) && init.exitValue() == 0, "initdb failed");
      Files.writeString(data.resolve("pg_hba.conf"), "host all all 0.0.0.0/0 trust\n");
    }
    InetAddress host = hosts.lab().server().ipv4();
    hosts.lab().server().sysctl("net.ipv4.tcp_fastopen", FAST_OPEN_WITHOUT_SOCKET_OPTION);
    Process process =
        hosts
            .lab()
            .server()
            .call(
                () ->
                    run(
                        folder,
                        programs.resolve("postgres"),
                        "-F",
                        "-D",
                        data,
                        "-p",
                        PORT,
                        "-h",
                        host.getHostAddress(),
                        "-k",
                        folder));
    PostgresServer server =
        new PostgresServer(process, new InetSocketAddress(host, Integer.parseInt(PORT)));
    try {
      server.awaitReady(data.resolve("postmaster.pid"));
      return server;
    } catch (Throwable t) {
      server.close();
      throw t;
    }
  }

  private static Path programs() throws IOException {
    assumeTrue(Files.isDirectory(INSTALLED), () -> "no PostgreSQL in " + INSTALLED);
    try (Stream<Path> versions = Files.list(INSTALLED)) {
      return versions
          .map(version -> version.resolve("bin"))
          .filter(bin -> Files.isExecutable(bin.resolve("initdb")))
          .max(Comparator.naturalOrder())
          .orElseGet(() -> assumeFound(INSTALLED));
    }
  }

  private static Path assumeFound(Path none) {
    assumeTrue(false, () -> "no PostgreSQL server in " + none);
    return none;
  }

  private static boolean isGivenAway(Path folder) {
    try {
      Files.setOwner(
          folder,
          folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(USER));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static Process run(Path folder, Object... command) throws IOException {
    List<String> words =
        new ArrayList<>(
            List.of("setpriv", "--reuid=" + USER, "--regid=" + USER, "--clear-groups", "--"));
    Stream.of(command).map(Object::toString).forEach(words::add);
    return new ProcessBuilder(words)
        .directory(folder.toFile())
        .redirectErrorStream(true)
        .redirectOutput(Redirect.appendTo(folder.resolve("log").toFile()))
        .start();
  }

  /** It says so in the eighth line of this file. */
  private void awaitReady(Path pidFile) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!Files.exists(pidFile) || !Files.readString(pidFile).contains("ready")) {
      if (!process.isAlive() || System.nanoTime() > deadline) {
        throw new AssertionError("PostgreSQL does not come up");
      }
      process.waitFor(20, TimeUnit.MILLISECONDS);
    }
  }

  InetSocketAddress address() {
    return address;
  }

  /** Ends it and waits, so that the next one may have its files. */
  @Override
  public void close() {
    process.destroy();
    process.onExit().orTimeout(20, TimeUnit.SECONDS).join();
  }
}
