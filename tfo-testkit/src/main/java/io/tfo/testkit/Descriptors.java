package io.tfo.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** How many descriptors this process has open. */
final class Descriptors {
  private static final int TOLERANCE = 5;

  private Descriptors() {}

  static long open() throws IOException {
    for (String folder : new String[] {"/proc/self/fd", "/dev/fd"}) {
      if (Files.isDirectory(Path.of(folder))) {
        try (Stream<Path> files = Files.list(Path.of(folder))) {
          return files.count();
        }
      }
    }
    throw new RuleSkipped("this system does not list a process's descriptors");
  }

  /** Checks that no more are open than before, once the threads of the servers have let go. */
  static void expectNoMoreThan(long before, String what) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    long after = open();
    while (after > before + TOLERANCE && System.nanoTime() < deadline) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
      after = open();
    }
    Expect.that(
        after <= before + TOLERANCE,
        "%d descriptors were open before %s, %d after them",
        before,
        what,
        after);
  }
}
