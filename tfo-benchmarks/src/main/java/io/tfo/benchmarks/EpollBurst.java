package io.tfo.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * Compiles {@code burst.c}, which shows what one thread with epoll reaches without a JVM. It needs
 * a C compiler.
 */
final class EpollBurst implements AutoCloseable {
  static final String LABEL = "C, one thread with epoll";

  private final Path folder;

  private EpollBurst(Path folder) {
    this.folder = folder;
  }

  /** Compiles it. Empty if there is no {@code cc}. */
  static Optional<EpollBurst> compile() throws IOException, InterruptedException {
    EpollBurst burst = new EpollBurst(Files.createTempDirectory("burst"));
    try (InputStream source =
        Objects.requireNonNull(EpollBurst.class.getResourceAsStream("burst.c"))) {
      Files.copy(source, burst.folder.resolve("burst.c"));
    }
    Process compiler;
    try {
      compiler =
          new ProcessBuilder("cc", "-O2", "-o", "burst", "burst.c")
              .directory(burst.folder.toFile())
              .inheritIO()
              .start();
    } catch (IOException e) {
      burst.close();
      return Optional.empty();
    }
    if (compiler.waitFor() != 0) {
      burst.close();
      throw new IOException("cc cannot compile burst.c");
    }
    return Optional.of(burst);
  }

  Path program() {
    return folder.resolve("burst");
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(program());
    Files.deleteIfExists(folder.resolve("burst.c"));
    Files.delete(folder);
  }
}
