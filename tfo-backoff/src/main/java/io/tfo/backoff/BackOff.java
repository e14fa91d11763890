package io.tfo.backoff;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The back-off table: it remembers SYNs that were lost because of TCP Fast Open, and decides which
 * connects are plain; {@code docs/back-off.md} gives the reasons. It uses no sockets: callers that
 * connect ask {@link #admits} first, and report the result of the SYN.
 *
 * <p>A SYN that was sent again and then answered is a loss. A connect that failed or had no answer
 * is a suspicion: the next connects to that destination are plain. The first of these that is
 * answered within the time that the suspected connect had makes it a loss; one that fails, too,
 * ends the suspicion. After two losses without an answer to a SYN with data, connects to that
 * destination are plain for a time. Then a single connect tries again for all.
 *
 * <p>The back-off holds for an address and port; if two ports of an address are in back-off, for
 * the address; if two addresses are, for all. Each answer to a SYN with data ends it.
 *
 * <p>All times are in nanoseconds, by {@link #now}.
 */
public final class BackOff {
  /** The wait after the second loss. */
  public static final Duration FIRST = Duration.ofSeconds(3);

  /** The longest wait, as on macOS after two losses, and on Linux with its black hole detection. */
  static final Duration LONGEST = Duration.ofHours(1);

  /** How long one connect tries for all: long enough for a SYN to be sent again, and answered. */
  static final Duration TRIAL = Duration.ofSeconds(5);

  /** When a SYN is sent again without its data: after one second (RFC 6298, 2), less a margin. */
  public static final Duration SYN_TIMEOUT = Duration.ofMillis(950);

  /** A connect that is given up sooner than this has lost a race, or its program has ended. */
  public static final Duration SHORTEST = Duration.ofMillis(10);

  private static final String PROPERTY = "io.tfo.backoff";

  /** Small enough to make room in 20 ms: the thread of a connect does it, maybe an event loop. */
  private static final int MOST = 4_000;

  /** The key of the entry for all destinations. */
  private static final Object ALL = "all destinations";

  private final LongSupplier nanoTime;
  private final int most;
  private final RecentAnswers recentAnswers;

  /** The keys are {@link ScopedKey}s of destinations and of addresses, and {@link #ALL}. */
  private final ConcurrentHashMap<Object, Losses> table = new ConcurrentHashMap<>();

  private final AtomicBoolean isMakingRoom = new AtomicBoolean();

  /**
   * Creates an empty table.
   *
   * @param nanoTime the clock
   * @param most the capacity in destinations; if the table is full, the entries that cost least to
   *     learn again are removed. 0 switches the back-off off
   */
  public BackOff(LongSupplier nanoTime, int most) {
    this.nanoTime = nanoTime;
    this.most = most;
    this.recentAnswers = new RecentAnswers(nanoTime.getAsLong());
  }

  /** Creates a table as {@code -Dio.tfo.backoff} sets it: on, unless it is {@code false}. */
  public static BackOff asConfigured() {
    boolean off = "false".equalsIgnoreCase(System.getProperty(PROPERTY, "").strip());
    return new BackOff(new SystemClock(), off ? 0 : MOST);
  }

  /** Not a method reference: the first connect waits for this, and a class is loaded faster. */
  private static final class SystemClock implements LongSupplier {
    @Override
    public long getAsLong() {
      return System.nanoTime();
    }
  }

  public long now() {
    return nanoTime.getAsLong();
  }

  public boolean isOff() {
    return most == 0;
  }

  /**
   * Whether a SYN to this destination may have the TFO option. A caller that gets false connects
   * plainly, and reports the result if {@link #isSuspected} returns true. After a wait, one caller
   * gets true, and all others false until its result is known or {@link #TRIAL} has passed.
   *
   * @param timeout how long the connect may take; 0 if that is not known
   */
  public boolean admits(InetSocketAddress destination, long timeout) {
    if (table.isEmpty()) {
      return true;
    }
    Object key = keyOf(destination);
    Losses losses = table.get(key);
    return losses == null || admits(destination, key, losses, timeout);
  }

  private boolean admits(InetSocketAddress destination, Object key, Losses losses, long timeout) {
    long now = now();
    Suspicion suspicion = losses.suspicion();
    if (suspicion != null && !suspicion.isControlOver(now) && !losses.isOutdated(now)) {
      replace(key, losses, losses.controlled(now));
      return false;
    }
    Losses certain = losses.isOutdated(now) ? null : losses.cleared();
    if (certain == null) {
      table.remove(key, losses);
      return admits(destination, timeout); // by what is known of a wider scope
    }
    if (!certain.isWaiting()) {
      replace(key, losses, certain);
      return true;
    }
    return certain.isOver(now)
        && (certain.allows(timeout) || recentAnswers.has(destination, now))
        && replace(key, losses, certain.tried(now));
  }

  private boolean replace(Object key, Losses losses, @Nullable Losses next) {
    if (next == null) {
      return table.remove(key, losses);
    }
    return next.equals(losses) || table.replace(key, losses, next);
  }

  /**
   * The key of the entry that decides about a destination: its own, else that of its address, else
   * that of all.
   */
  private Object keyOf(InetSocketAddress destination) {
    Object own = ScopedKey.of(destination);
    Losses losses = table.get(own);
    if (losses == null || (!losses.isWaiting() && losses.suspicion() == null)) {
      Object address = ScopedKey.ofAddress(destination);
      if (isWaiting(address)) {
        return address;
      }
      if (isWaiting(ALL)) {
        return ALL;
      }
    }
    return own;
  }

  private boolean isWaiting(Object key) {
    Losses losses = table.get(key);
    return losses != null && losses.isWaiting();
  }

  /** Whether the result of a plain connect to this destination is to be reported. */
  public boolean isSuspected(InetSocketAddress destination) {
    if (table.isEmpty()) {
      return false;
    }
    Losses losses = table.get(ScopedKey.of(destination));
    return losses != null && losses.suspicion() != null;
  }

  /** Whether anything is known of this destination itself. */
  public boolean remembers(InetSocketAddress destination) {
    return !table.isEmpty() && table.containsKey(ScopedKey.of(destination));
  }

  /**
   * The first SYN was answered.
   *
   * @param start when the connect began
   * @param withData whether that SYN carried data
   */
  public void answered(InetSocketAddress destination, long start, boolean withData) {
    if (withData) {
      recentAnswers.add(destination, start);
    }
    if (!table.isEmpty()) {
      answered(ScopedKey.of(destination), start, withData);
      if (withData) {
        answered(ScopedKey.ofAddress(destination), start, true);
        answered(ALL, start, true);
      }
    }
  }

  private void answered(Object key, long start, boolean withData) {
    Losses losses = table.get(key);
    if (losses != null && losses.isEndedBy(start, withData)) {
      table.remove(key, losses);
    }
  }

  /** The SYN was answered after it had been sent again, without data and option. */
  public void retransmitted(InetSocketAddress destination, long start, boolean withData) {
    if (counts(destination, start)) {
      lost(destination, Suspicion.of(start, withData, Long.MAX_VALUE, Long.MAX_VALUE));
    }
  }

  /**
   * The SYN was answered after a SYN timeout, and the system does not tell whether it had been sent
   * again.
   */
  public void answeredLate(InetSocketAddress destination, long start, boolean withData) {
    suspect(destination, Suspicion.of(start, withData, SYN_TIMEOUT.toNanos(), Long.MAX_VALUE));
  }

  /** The connect was refused, or failed in another way. */
  public void failed(InetSocketAddress destination, long start, boolean withData) {
    suspect(destination, Suspicion.of(start, withData, Long.MAX_VALUE, Long.MAX_VALUE));
  }

  /**
   * The connect was given up before the SYN was answered, by the program or by the system.
   *
   * @param waited how long it had waited
   */
  public void unanswered(InetSocketAddress destination, long start, boolean withData, long waited) {
    if (waited >= SHORTEST.toNanos()) {
      suspect(destination, Suspicion.of(start, withData, waited, waited));
    }
  }

  /** Whether a loss counts: it does not if a later SYN with data was answered. */
  private boolean counts(InetSocketAddress destination, long start) {
    return !isOff() && !recentAnswers.isAfter(destination, start);
  }

  private void suspect(InetSocketAddress destination, Suspicion suspicion) {
    if (counts(destination, suspicion.start())) {
      table.compute(
          ScopedKey.of(destination),
          (key, losses) ->
              losses == null ? Losses.suspected(suspicion) : losses.alsoSuspected(suspicion));
      makeRoom();
    }
  }

  /**
   * A plain connect was answered.
   *
   * @param start when it began
   * @param took how long it took
   */
  public void plainAnswered(InetSocketAddress destination, long start, long took) {
    decide(
        destination,
        start,
        (key, losses, suspicion) -> {
          if (took > suspicion.within()) {
            clear(key, losses);
          } else if (replace(key, losses, losses.cleared())) {
            lost(destination, suspicion);
          }
        });
  }

  /**
   * A plain connect failed, or was given up.
   *
   * @param start when it began
   * @param waited how long it waited; {@link Long#MAX_VALUE} if it was refused
   */
  public void plainFailed(InetSocketAddress destination, long start, long waited) {
    decide(
        destination,
        start,
        (key, losses, suspicion) -> {
          if (waited >= suspicion.within() || waited >= Suspicion.CONTROL.toNanos()) {
            clear(key, losses);
          }
        });
  }

  private interface Decision {
    void about(Object key, Losses losses, Suspicion suspicion);
  }

  private void decide(InetSocketAddress destination, long start, Decision decision) {
    if (!table.isEmpty()) {
      Object key = ScopedKey.of(destination);
      Losses losses = table.get(key);
      Suspicion suspicion = losses == null ? null : losses.suspicion();
      if (losses != null && suspicion != null && start - suspicion.start() > 0) {
        decision.about(key, losses, suspicion);
      }
    }
  }

  private void clear(Object key, Losses losses) {
    replace(key, losses, losses.cleared());
  }

  /** A SYN is known to be lost. */
  private void lost(InetSocketAddress destination, Suspicion loss) {
    Object key = keyOf(destination);
    long now = now();
    boolean[] begins = {false};
    table.compute(
        key,
        (same, losses) -> {
          Losses next = losses == null ? Losses.first(loss, now, null) : losses.lost(loss, now);
          begins[0] = next.isWaiting() && (losses == null || !losses.isWaiting());
          return next;
        });
    if (begins[0]) {
      Object address = ScopedKey.ofAddress(destination);
      widen(address, ScopedKey.of(destination), loss, now);
      widen(ALL, address, loss, now);
    }
    makeRoom();
  }

  /** A member of a wider scope has begun to wait. A second one makes the scope wait. */
  private void widen(Object scope, Object member, Suspicion loss, long now) {
    UnaryOperator<@Nullable Losses> next =
        losses ->
            losses == null ? Losses.first(loss, now, member) : losses.lostBy(member, loss, now);
    table.compute(scope, (same, losses) -> next.apply(losses));
  }

  /**
   * Removes a tenth of a full table at once, so that one pass over all entries makes room for many
   * insertions. The entries that cost least to learn again are removed first, and the oldest of
   * these. One thread does it; the others go on.
   */
  private void makeRoom() {
    if (table.size() > most && isMakingRoom.compareAndSet(false, true)) {
      try {
        removeATenth();
      } finally {
        isMakingRoom.set(false);
      }
    }
  }

  private void removeATenth() {
    long now = now();
    Comparator<Losses> order =
        Comparator.comparingLong(Losses::cost).thenComparingLong(losses -> losses.latest() - now);
    int kept = most - most / 10;
    table.entrySet().stream()
        .map(each -> Map.entry(each.getKey(), each.getValue()))
        .sorted(Map.Entry.comparingByValue(order))
        .takeWhile(each -> table.size() > kept)
        .forEach(each -> table.remove(each.getKey(), each.getValue()));
  }

  /** The number of entries. */
  public int size() {
    return table.size();
  }

  /** Counts the destinations that are connected plainly now. */
  public long destinations() {
    long now = now();
    long count = 0;
    for (Map.Entry<Object, Losses> each : table.entrySet()) {
      Losses losses = each.getValue();
      boolean isDestination = ScopedKey.address(each.getKey()) instanceof InetSocketAddress;
      if (isDestination && losses.isWaiting() && !losses.isOver(now)) {
        count++;
      }
    }
    return count;
  }

  /**
   * A destination that is connected plainly now.
   *
   * @param destination an address and port, an address, or {@code everywhere}
   * @param left for how long
   */
  public record PlainNow(String destination, Duration left) {}

  /** Returns what is connected plainly now: everywhere first, then addresses and destinations. */
  public List<PlainNow> plainNow(int mostOfThem) {
    long now = now();
    return table.entrySet().stream()
        .filter(each -> each.getValue().isWaiting() && !each.getValue().isOver(now))
        .sorted(Comparator.comparing(each -> each.getKey() != ALL))
        .limit(mostOfThem)
        .map(each -> new PlainNow(text(each.getKey()), Duration.ofNanos(each.getValue().left(now))))
        .toList();
  }

  private static String text(Object key) {
    Object of = ScopedKey.address(key);
    if (of instanceof InetSocketAddress destination) {
      return destination.getAddress() instanceof Inet6Address
          ? String.format(
              Locale.ROOT,
              "[%s]:%d",
              destination.getAddress().getHostAddress(),
              destination.getPort())
          : destination.getAddress().getHostAddress() + ":" + destination.getPort();
    }
    return of instanceof InetAddress address ? address.getHostAddress() : "everywhere";
  }

  /** Whether all destinations of which nothing else is known are connected plainly now. */
  public boolean isEverywhere() {
    Losses all = table.get(ALL);
    return all != null && all.isWaiting() && !all.isOver(now());
  }
}
