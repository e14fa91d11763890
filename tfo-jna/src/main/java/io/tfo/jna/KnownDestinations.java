package io.tfo.jna;

import java.net.InetSocketAddress;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The addresses and ports that this process has connected to. A cookie belongs to an address alone:
 * the kernel defers a connect to any of its ports, also to one where no server listens.
 */
final class KnownDestinations {
  private final int most;
  private final Set<InetSocketAddress> known = ConcurrentHashMap.newKeySet();

  /**
   * Creates an empty set.
   *
   * @param most how many destinations it holds; with more, it begins anew, which costs each
   *     destination one round trip
   */
  KnownDestinations(int most) {
    this.most = most;
  }

  boolean contains(InetSocketAddress destination) {
    return known.contains(destination);
  }

  /** A connect was answered. */
  void add(InetSocketAddress destination) {
    if (!known.contains(destination)) {
      if (known.size() >= most) {
        known.clear();
      }
      known.add(destination);
    }
  }

  /** A connect failed. */
  void remove(InetSocketAddress destination) {
    known.remove(destination);
  }
}
