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
      ConcurrentHashMap<Object, Long> young, ConcurrentHashMap<Object, Long> old) {

    @Nullable Long since(Object key) {
      Long since = young.get(key);
      return since == null ? old.get(key) : since;
    }
  }

  /**
   * Creates an empty set.
   *
   * @param most how many destinations it holds; those that were not looked up recently are
   *     forgotten first, which costs one round trip for each
   * @param longest how long it holds each
   */
  public KnownDestinations(int most, Duration longest) {
    this.half = Math.max(1, most / 2);
    this.longest = longest.toNanos();
  }

  /**
   * Whether a destination was added, not longer ago than the set holds it.
   *
   * @param now the time by the clock of all calls, in nanoseconds
   */
  public boolean contains(InetSocketAddress destination, long now) {
    return contains(ScopedKey.of(destination), now);
  }

  private boolean contains(Object key, long now) {
    Generations all = generations;
    Long since = all.since(key);
    if (since == null) {
      return false;
    }
    if (now - since >= longest) {
      forget(key, since);
      return false;
    }
    if (!all.young().containsKey(key)) {
      rejuvenate(key);
    }
    return true;
  }

  private synchronized void forget(Object key, Long since) {
    generations.old().remove(key, since);
    generations.young().remove(key, since);
  }

  /**
   * Moves a key to the young generation, unless it was removed meanwhile: a removed server must not
   * come back.
   */
  private synchronized void rejuvenate(Object key) {
    Long since = generations.since(key);
    if (since != null) {
      put(key, since);
    }
  }

  public void add(InetSocketAddress destination, long now) {
    Object key = ScopedKey.of(destination);
    if (!contains(key, now)) {
      put(key, now);
    }
  }

  private synchronized void put(Object key, Long since) {
    if (generations.young().size() >= half) {
      generations = new Generations(new ConcurrentHashMap<>(), generations.young());
    }
    generations.young().put(key, since);
  }

  public synchronized void remove(InetSocketAddress destination) {
    Object key = ScopedKey.of(destination);
    generations.old().remove(key);
    generations.young().remove(key);
  }

  /** How many are held; one in both generations counts twice. */
  int size() {
    Generations all = generations;
    return all.young().size() + all.old().size();
  }
}
