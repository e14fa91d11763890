package io.tfo.integration.packaging;

import io.tfo.integration.backends.BackendsUnderTest;
import java.nio.file.Path;

/** The files of this source tree. */
public final class SourceTree {
  private static final Path ROOT = BackendsUnderTest.folders().get(0).getParent();

  private SourceTree() {}

  /** Resolves a path that begins in the folder of the root pom. */
  public static Path file(String path) {
    return ROOT.resolve(path);
  }
}
