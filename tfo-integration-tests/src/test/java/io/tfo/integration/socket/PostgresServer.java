package io.tfo.integration.socket;

import io.tfo.lab.Host;
import io.tfo.testkit.BackendLab;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * A real PostgreSQL on the server's host, where one is installed. PostgreSQL refuses to run as
 * root: so it runs as another user, in a user namespace of its own. It does not set TCP_FASTOPEN: a
 * sysctl switches TCP Fast Open on for all listeners.
 */
final class PostgresServer implements AutoCloseable {
  static final String USER = "postgres";

  private static final Path INSTALLED = Path.of("/usr/lib/postgresql");
  private static final String FAST_OPEN_WITHOUT_SOCKET_OPTION = "1027"; // 0x400, 2 and 1
  private static final String NOBODY = "65534";

  private final HostProgram program;
  private final InetSocketAddress address;

  private PostgresServer(HostProgram program, InetSocketAddress address) {
    this.program = program;
    this.address = address;
  }

  /** Starts it with its files in a folder, which is empty the first time. */
  static PostgresServer on(SocketLab hosts, Path folder) throws Exception {
    Path programs = programs();
    Path data = folder.resolve("data");
    Host host = hosts.lab().server();
    if (!Files.exists(data)) {
      try (HostProgram nobody = HostProgram.start(host, folder, asNobody("true"))) {
        if (!nobody.succeeds()) {
          HostProgram.missing(
              "PostgreSQL must not run as root, and no other user can be had: " + nobody);
        }
      }
      HostProgram.run(
          host,
          folder,
          asNobody(programs.resolve("initdb"), "-A", "trust", "-N", "-U", USER, "-D", data));
      Files.writeString(data.resolve("pg_hba.conf"), "host all all 0.0.0.0/0 trust\n");
    }
    InetSocketAddress address = new InetSocketAddress(host.ipv4(), BackendLab.newPort());
    host.sysctl("net.ipv4.tcp_fastopen", FAST_OPEN_WITHOUT_SOCKET_OPTION);
    HostProgram program =
        HostProgram.start(
            host,
            folder,
            asNobody(
                programs.resolve("postgres"),
                "-F",
                "-D",
                data,
                "-p",
                address.getPort(),
                "-h",
                address.getAddress().getHostAddress(),
                "-k",
                folder));
    PostgresServer server = new PostgresServer(program, address);
    try {
      Path pidFile = data.resolve("postmaster.pid"); // written when it is ready
      program.await(() -> Files.exists(pidFile) && Files.readString(pidFile).contains("ready"));
      return server;
    } catch (Throwable t) {
      server.close();
      throw t;
    }
  }

  private static Path programs() throws IOException {
    if (!Files.isDirectory(INSTALLED)) {
      return HostProgram.missing("no PostgreSQL in " + INSTALLED);
    }
    try (Stream<Path> versions = Files.list(INSTALLED)) {
      return versions
          .map(version -> version.resolve("bin"))
          .filter(bin -> Files.isExecutable(bin.resolve("initdb")))
          .max(Comparator.naturalOrder())
          .orElseGet(() -> HostProgram.missing("no PostgreSQL server in " + INSTALLED));
    }
  }

  private static Object[] asNobody(Object... command) {
    return Stream.concat(
            Stream.of("unshare", "-U", "--map-user=" + NOBODY, "--map-group=" + NOBODY, "--"),
            Stream.of(command))
        .toArray();
  }

  InetSocketAddress address() {
    return address;
  }

  /** Ends it and waits, so that the next one may use the same files. */
  @Override
  public void close() {
    program.close();
  }
}
