package io.tfo.jna;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The destinations that left the SYN of a deferred connect unanswered. For a while they are
 * connected plainly: a limit of time for a connect holds there again, and where SYNs with data are
 * lost, not every connect loses a second.
 */
final class Unanswered {
  static final Duration FOR = Duration.ofMinutes(1);

  private static final int MOST = 1000;

  private final ConcurrentHashMap<InetSocketAddress, Long> until = new ConcurrentHashMap<>();

  void lost(InetSocketAddress destination) {
    if (until.size() >= MOST) {
      until.clear();
    }
    until.put(destination, System.nanoTime() + FOR.toNanos());
  }

  boolean admits(InetSocketAddress destination) {
    Long end = until.get(destination);
    return end == null || System.nanoTime() - end >= 0;
  }
}
