package io.tfo.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** How many descriptors this process has open. */
public final class Descriptors {
  private static final int TOLERANCE = 5;
  private static final int ROUNDS = 3;

  private Descriptors() {}

  public static long open() throws IOException {
    for (String folder : new String[] {"/proc/self/fd", "/dev/fd"}) {
      if (Files.isDirectory(Path.of(folder))) {
        try (Stream<Path> files = Files.list(Path.of(folder))) {
          return files.count();
        }
      }
    }
    throw new RuleSkipped("this system does not list a process's descriptors");
  }

  /**
   * Runs the work until once it leaves no more descriptors open than there were. A leak grows each
   * time; what the JVM or the system opens once, for a thread or a cache, does not.
   */
  public static void expectNoneLeft(String what, Work work) throws Exception {
    long before = open();
    for (int round = 1; ; round++) {
      work.run();
      long after = afterServersLetGo(before);
      if (after <= before + TOLERANCE) {
        return;
      }
      Expect.that(
          round < ROUNDS,
          "%d descriptors were open before %s, %d after them, and more each time of %d",
          before,
          what,
          after,
          ROUNDS);
      before = after;
    }
  }

  private static long afterServersLetGo(long before) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(3);
    long after = open();
    while (after > before + TOLERANCE && System.nanoTime() < deadline) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
      after = open();
    }
    return after;
  }

  public interface Work {
    void run() throws Exception;
  }
}
