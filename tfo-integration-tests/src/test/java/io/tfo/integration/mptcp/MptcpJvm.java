package io.tfo.integration.mptcp;

import io.tfo.integration.nio.ProviderJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Runs the tests of a class in a JVM with our selector provider, whose TCP sockets are MPTCP's. */
public final class MptcpJvm extends ProviderJvm {
  private static final String PRELOAD = "LD_PRELOAD";

  @Override
  protected Map<String, String> environment() throws IOException, InterruptedException {
    Path builds = Files.createDirectories(Path.of("target", "mptcp"));
    Path library = MptcpLibrary.compiledIn(builds);
    return Map.of(PRELOAD, library.toAbsolutePath().toString());
  }
}
