package io.tfo.jna;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * The table of destinations whose SYN with data was lost. They are connected plainly for a while,
 * because each such SYN costs a second, or the whole connect where less time is given. RFC 7413,
 * 4.1.3.1 asks for it, and for the port to be part of the key: a firewall's rule may hold for one
 * port only, and each further port costs a second once.
 *
 * <p>The first wait is short, because the loss may have been an ordinary one. Each further loss
 * doubles it. A SYN with data that is answered removes the destination. After a wait, one connect
 * tries again for all others.
 */
final class BackOff {
  /** As Linux 3.7 to 4.13 did for a destination: a minute, then doubled. */
  static final Duration FIRST = Duration.ofMinutes(1);

  /** As macOS waits from the first loss on, and Linux with its black hole detection switched on. */
  static final Duration LONGEST = Duration.ofHours(1);

  /** How long one connect tries for all: long enough for a SYN to be sent again, and answered. */
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
   * @param end when the next SYN with data may be sent; later than {@code lostAt + length} while
   *     one connect is trying
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
   * Creates an empty back-off table.
   *
   * @param nanoTime the clock
   * @param most the capacity, in destinations; those lost longest ago are removed where it is full.
   *     0 switches the back-off off
   */
  BackOff(LongSupplier nanoTime, int most) {
    this.nanoTime = nanoTime;
    this.most = most;
  }

  /** Creates a table as {@code -Dio.tfo.backoff} sets it: on, unless it is {@code false}. */
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
   * Whether a SYN to this destination may carry data. After a wait, one caller gets true, and all
   * others false until its result is known or {@link #TRIAL} has passed.
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

  /** Whether a loss at this destination is remembered, its wait over or not. */
  boolean remembers(InetSocketAddress destination) {
    return !waits.isEmpty() && waits.containsKey(destination);
  }

  /**
   * Records that a SYN was not answered in time, or was refused. Of connects that began together,
   * one loss counts.
   */
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

  /** Records that a SYN with data was answered: forgets all losses at the destination. */
  void answered(InetSocketAddress destination) {
    if (!waits.isEmpty()) {
      waits.remove(destination);
    }
  }

  /** Counts the destinations that are connected plainly now. */
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
