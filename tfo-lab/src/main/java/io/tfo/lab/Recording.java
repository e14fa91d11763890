package io.tfo.lab;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Keeps the segments that the wire has seen. */
final class Recording {
  private final List<Segment> segments = new ArrayList<>();
  private @Nullable Throwable failure;
  private long forgotten;

  synchronized void add(List<Segment> seen) {
    segments.addAll(seen);
    notifyAll();
  }

  /** Keeps the first failure of the wire, which the next reader of the record gets. */
  synchronized void fail(Throwable cause) {
    if (failure == null) {
      failure = cause;
    }
    notifyAll();
  }

  synchronized List<Segment> all() {
    rethrow();
    return List.copyOf(segments);
  }

  synchronized void forget() {
    rethrow();
    forgotten += segments.size();
    segments.clear();
  }

  synchronized Segment await(Predicate<Segment> wanted, Duration within) {
    long deadline = System.nanoTime() + within.toNanos();
    long next = forgotten;
    while (true) {
      rethrow();
      for (next = Math.max(next, forgotten); next < forgotten + segments.size(); next++) {
        Segment segment = segments.get((int) (next - forgotten));
        if (wanted.test(segment)) {
          return segment;
        }
      }
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        throw new AssertionError("no such segment within " + within + "; seen:\n" + listing());
      }
      try {
        wait(left / 1_000_000, (int) (left % 1_000_000));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError("interrupted; segments seen:\n" + listing(), e);
      }
    }
  }

  private String listing() {
    String lines = segments.stream().map(Objects::toString).collect(Collectors.joining("\n"));
    return lines.isEmpty() ? "nothing" : lines;
  }

  private void rethrow() {
    if (failure != null) {
      throw new IllegalStateException("the wire failed: " + failure, failure);
    }
  }
}
