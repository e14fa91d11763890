package io.tfo.backoff;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A bounded set of addresses and ports, such as those that this process has connected to. A cookie
 * belongs to an address alone: the kernel defers a connect to any of its ports, also to one where
 * no server listens.
 */
public final class KnownDestinations {
  private final int most;
  private final long longest;
  private final ConcurrentHashMap<InetSocketAddress, Long> known = new ConcurrentHashMap<>();

  /**
   * Creates an empty set.
   *
   * @param most how many destinations it holds; with more, it begins anew, which costs each
   *     destination one round trip
   * @param longest how long it holds each
   */
  public KnownDestinations(int most, Duration longest) {
    this.most = most;
    this.longest = longest.toNanos();
  }

  /**
   * Whether a destination was added, and not long ago.
   *
   * @param now the time by the clock of all calls, in nanoseconds
   */
  public boolean contains(InetSocketAddress destination, long now) {
    Long since = known.get(destination);
    if (since == null) {
      return false;
    }
    if (now - since < longest) {
      return true;
    }
    known.remove(destination, since);
    return false;
  }

  public void add(InetSocketAddress destination, long now) {
    if (!contains(destination, now)) {
      if (known.size() >= most) {
        known.clear();
      }
      known.put(destination, now);
    }
  }

  public void remove(InetSocketAddress destination) {
    known.remove(destination);
  }
}
