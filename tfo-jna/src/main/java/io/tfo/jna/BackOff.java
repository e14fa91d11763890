package io.tfo.jna;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * The destinations whose SYN with data was lost: they are connected plainly for a while, because
 * each such SYN costs a second, or the whole connect where less time is given. RFC 7413, 4.1.3.1
 * asks for it, and for the port to be part of it: a firewall's rule may hold for one port only, and
 * a port too many costs a second once.
 *
 * <p>The first wait is short, because the loss may have been an ordinary one; each further loss
 * doubles it; a SYN with data that is answered ends it all. After a wait one connect tries it again
 * for all others.
 */
final class BackOff {
  /** Linux took a minute, doubled, for a destination before it gave that up (3.7 to 4.13). */
  static final Duration FIRST = Duration.ofMinutes(1);

  /** As macOS waits from the first, and Linux where its black hole detection is switched on. */
  static final Duration LONGEST = Duration.ofHours(1);

  /** How long the others leave it to one: long enough for a SYN to be sent again, and answered. */
  static final Duration TRIAL = Duration.ofSeconds(5);

  private static final String PROPERTY = "io.tfo.backoff";
  private static final int MOST_DESTINATIONS = 500;

  private final LongSupplier nanoTime;
  private final int most;
  private final ConcurrentHashMap<InetSocketAddress, Wait> waits = new ConcurrentHashMap<>();

  /**
   * A destination's wait, in nanoseconds.
   *
   * @param lostAt when the last SYN was lost
   * @param length how long to wait from then on
   * @param end when the next SYN may try; later than the wait's own end while one is trying
   */
  private record Wait(long lostAt, long length, long end) {
    static Wait from(long now, long length) {
      return new Wait(now, length, now + length);
    }

    boolean isOver(long now) {
      return now - end >= 0;
    }

    boolean isBeingTried() {
      return end - lostAt > length;
    }

    Wait tried(long now) {
      return new Wait(lostAt, length, now + TRIAL.toNanos());
    }

    Wait lostAgain(long now) {
      return isBeingTried() || isOver(now)
          ? from(now, Math.min(2 * length, LONGEST.toNanos()))
          : this;
    }
  }

  /**
   * An empty memory.
   *
   * @param nanoTime the clock
   * @param most how many destinations it holds; with more, those that were lost longest ago are
   *     forgotten. None if 0
   */
  BackOff(LongSupplier nanoTime, int most) {
    this.nanoTime = nanoTime;
    this.most = most;
  }

  /** As {@code -Dio.tfo.backoff} says: on, unless it is {@code false}. */
  static BackOff system() {
    boolean off = "false".equalsIgnoreCase(System.getProperty(PROPERTY));
    return new BackOff(System::nanoTime, off ? 0 : MOST_DESTINATIONS);
  }

  long now() {
    return nanoTime.getAsLong();
  }

  boolean isOff() {
    return most == 0;
  }

  /**
   * Whether a SYN to this destination may carry data. After a wait, of all who ask, one is told so
   * until it has told what came of it.
   */
  boolean admits(InetSocketAddress destination) {
    if (waits.isEmpty()) {
      return true;
    }
    Wait wait = waits.get(destination);
    if (wait == null) {
      return true;
    }
    long now = now();
    return wait.isOver(now) && waits.replace(destination, wait, wait.tried(now));
  }

  /** Whether a SYN that is sent to this destination now is one that tries it again. */
  boolean remembers(InetSocketAddress destination) {
    return !waits.isEmpty() && waits.containsKey(destination);
  }

  /** A SYN was not answered in time, or not well. One loss counts, of many connects at once. */
  void lost(InetSocketAddress destination) {
    if (isOff()) {
      return;
    }
    long now = now();
    waits.compute(
        destination,
        (key, wait) -> wait == null ? Wait.from(now, FIRST.toNanos()) : wait.lostAgain(now));
    while (waits.size() > most) {
      oldest(now).ifPresent(waits.entrySet()::remove);
    }
  }

  private Optional<Map.Entry<InetSocketAddress, Wait>> oldest(long now) {
    return waits.entrySet().stream()
        .map(each -> Map.entry(each.getKey(), each.getValue()))
        .min(Comparator.comparingLong(each -> each.getValue().lostAt() - now));
  }

  /** A SYN with data was answered as if nothing had been. */
  void answered(InetSocketAddress destination) {
    if (!waits.isEmpty()) {
      waits.remove(destination);
    }
  }

  /** How many destinations are connected plainly now. */
  long destinations() {
    long now = now();
    long destinations = 0;
    for (Wait wait : waits.values()) {
      if (!wait.isOver(now)) {
        destinations++;
      }
    }
    return destinations;
  }
}
