package io.tfo.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * The descriptors that this process has open.
 *
 * <p>A count at one moment says little: the JVM opens files at any time, such as those of its
 * control group, which its compiler threads read. So this class compares the descriptors
 * themselves. A descriptor is left open if it is new and stays open.
 */
public final class Descriptors {
  static final String SKIPPED_WHEN = "the system does not list a process's descriptors";

  private static final List<Path> FOLDERS = List.of(Path.of("/proc/self/fd"), Path.of("/dev/fd"));
  private static final int ROUNDS = 3;
  private static final Duration SHORT = Duration.ofMillis(500);
  private static final Duration LONG = Duration.ofSeconds(5);
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private Descriptors() {}

  /**
   * Returns each open descriptor: its number and, where the system tells it, what it refers to,
   * such as {@code 7 socket:[4711]}.
   *
   * @return a new set
   * @throws RuleSkipped if the system does not list them
   * @throws IOException if the list cannot be read
   */
  public static Set<String> open() throws IOException {
    for (Path folder : FOLDERS) {
      if (Files.isDirectory(folder)) {
        return open(folder);
      }
    }
    throw new RuleSkipped(SKIPPED_WHEN);
  }

  private static Set<String> open(Path folder) throws IOException {
    List<Path> entries;
    try (Stream<Path> listed = Files.list(folder)) {
      entries = listed.toList();
    }
    // Read after the list is closed, so that its own descriptor is not among them.
    Set<String> open = new LinkedHashSet<>();
    for (Path entry : entries) {
      if (Files.isSymbolicLink(entry)) {
        try {
          open.add(entry.getFileName() + " " + Files.readSymbolicLink(entry));
        } catch (IOException e) {
          // closed meanwhile
        }
      } else if (Files.exists(entry)) {
        open.add(entry.getFileName().toString());
      }
    }
    return open;
  }

  /**
   * Returns the descriptors that were opened since and that stay open. Waits for those that another
   * thread still has to close, such as a server's.
   *
   * @param before what {@link #open} returned before the work
   * @return the descriptors that are still open after at most 5 seconds
   * @throws IOException if the list cannot be read
   */
  public static Set<String> leftSince(Set<String> before) throws IOException {
    return leftSince(before, LONG);
  }

  private static Set<String> leftSince(Set<String> before, Duration most) throws IOException {
    long deadline = System.nanoTime() + most.toNanos();
    Set<String> left = open();
    left.removeAll(before);
    while (!left.isEmpty() && System.nanoTime() < deadline) {
      LockSupport.parkNanos(LOOK_NANOS);
      left.retainAll(open());
    }
    return left;
  }

  /**
   * Runs the work until one run leaves no descriptor open. A leak leaves one open in each run; a
   * descriptor that the JVM or the system opens once, for a thread or a cache, is already open in
   * the next run.
   *
   * @param what the name of the work
   * @param work the work to run, up to 3 times
   * @throws AssertionError if each run leaves a descriptor open
   * @throws Exception as the work throws it
   */
  public static void expectNoneLeft(String what, Work work) throws Exception {
    Set<String> left = Set.of();
    for (int round = 1; round <= ROUNDS; round++) {
      Set<String> before = open();
      work.run();
      left = leftSince(before, round < ROUNDS ? SHORT : LONG);
      if (left.isEmpty()) {
        return;
      }
    }
    throw new AssertionError(
        String.format(
            Locale.ROOT,
            "%s left %d descriptors open, and some in each of %d runs: %s",
            what,
            left.size(),
            ROUNDS,
            left));
  }

  /** Work that may leave descriptors open. */
  @FunctionalInterface
  public interface Work {
    /**
     * Does the work.
     *
     * @throws Exception if it fails
     */
    void run() throws Exception;
  }
}
