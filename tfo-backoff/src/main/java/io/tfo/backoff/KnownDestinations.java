package io.tfo.backoff;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A bounded set of addresses and ports, such as those that this process has connected to. A cookie
 * belongs to an address alone: the kernel defers a connect to any of its ports, also to one where
 * no server listens.
 *
 * <p>It has two generations, of half the bound each. When the young one is full it becomes the old
 * one, and what was in the old one is forgotten; a destination that is asked for returns to the
 * young one. So the destinations in use are kept, in constant time. A look-up takes no lock, unless
 * it moves a destination.
 */
public final class KnownDestinations {
  private final int half;
  private final long longest;
  private volatile Generations generations =
      new Generations(new ConcurrentHashMap<>(), new ConcurrentHashMap<>());

  /** The values are the times of addition, in nanoseconds. */
  private record Generations(
      ConcurrentHashMap<InetSocketAddress, Long> young,
      ConcurrentHashMap<InetSocketAddress, Long> old) {

    @Nullable Long since(InetSocketAddress destination) {
      Long since = young.get(destination);
      return since == null ? old.get(destination) : since;
    }
  }

  /**
   * Creates an empty set.
   *
   * @param most how many destinations it holds; those that were not asked for lately are forgotten
   *     first, which costs each one round trip
   * @param longest how long it holds each
   */
  public KnownDestinations(int most, Duration longest) {
    this.half = Math.max(1, most / 2);
    this.longest = longest.toNanos();
  }

  /**
   * Whether a destination was added, and not long ago.
   *
   * @param now the time by the clock of all calls, in nanoseconds
   */
  public boolean contains(InetSocketAddress destination, long now) {
    Generations all = generations;
    Long since = all.since(destination);
    if (since == null) {
      return false;
    }
    if (now - since >= longest) {
      forget(destination, since);
      return false;
    }
    if (!all.young().containsKey(destination)) {
      rejuvenate(destination);
    }
    return true;
  }

  private synchronized void forget(InetSocketAddress destination, Long since) {
    generations.old().remove(destination, since);
    generations.young().remove(destination, since);
  }

  /** Unless it was removed in between: a server that has gone must not come back. */
  private synchronized void rejuvenate(InetSocketAddress destination) {
    Long since = generations.since(destination);
    if (since != null) {
      put(kept(destination), since);
    }
  }

  public void add(InetSocketAddress destination, long now) {
    if (!contains(destination, now)) {
      put(kept(destination), now);
    }
  }

  /**
   * What a table may keep of a destination. An object of a program's own class would keep the
   * program in memory, where the library is not a part of it.
   */
  static InetSocketAddress kept(InetSocketAddress destination) {
    return destination.getClass() == InetSocketAddress.class
        ? destination
        : new InetSocketAddress(destination.getAddress(), destination.getPort());
  }

  private synchronized void put(InetSocketAddress destination, Long since) {
    if (generations.young().size() >= half) {
      generations = new Generations(new ConcurrentHashMap<>(), generations.young());
    }
    generations.young().put(destination, since);
  }

  public synchronized void remove(InetSocketAddress destination) {
    generations.old().remove(destination);
    generations.young().remove(destination);
  }

  /** How many are held; one in both generations counts twice. */
  int size() {
    Generations all = generations;
    return all.young().size() + all.old().size();
  }
}
