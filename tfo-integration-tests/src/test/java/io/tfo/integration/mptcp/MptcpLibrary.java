package io.tfo.integration.mptcp;

import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Objects;

/** The library that makes the TCP sockets of a process those of MPTCP. */
public final class MptcpLibrary {
  private static final String SOURCE = "/mptcp/mptcp.c";

  private MptcpLibrary() {}

  /**
   * Compiles it. A test is skipped where the kernel has no MPTCP, or there is no C compiler.
   *
   * @param folder where to put it
   */
  public static Path compiledIn(Path folder) throws IOException, InterruptedException {
    assumeTrue(Files.exists(Path.of("/proc/sys/net/mptcp")), "this kernel has no MPTCP");
    Path source = folder.resolve("mptcp.c");
    try (InputStream in = MptcpLibrary.class.getResourceAsStream(SOURCE)) {
      Files.copy(Objects.requireNonNull(in), source, StandardCopyOption.REPLACE_EXISTING);
    }
    Path library = folder.resolve("mptcp.so");
    File log = folder.resolve("cc.log").toFile();
    try {
      int status =
          new ProcessBuilder("cc", "-shared", "-fPIC", "-o", library.toString(), source.toString())
              .redirectErrorStream(true)
              .redirectOutput(log)
              .start()
              .waitFor();
      assumeTrue(status == 0, () -> "the C compiler fails, by " + log);
    } catch (IOException e) {
      abort("no C compiler: " + e.getMessage());
    }
    return library;
  }
}
