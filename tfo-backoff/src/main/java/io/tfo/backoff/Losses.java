package io.tfo.backoff;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The losses and the suspicion that {@link BackOff} knows of one destination, or of a wider scope.
 * Times are in nanoseconds.
 *
 * @param last the last loss; while none is certain, the suspicion
 * @param knownAt since when it is certain
 * @param withData whether one of the lost SYNs carried data
 * @param patience the shortest time after which a program gave up
 * @param waiting the wait after two losses; null before
 * @param suspicion the suspicion that the next plain connect decides about; null if there is none
 * @param member the destination or address that had the first loss, in a scope wider than a
 *     destination
 */
record Losses(
    Suspicion last,
    long knownAt,
    boolean withData,
    long patience,
    @Nullable Wait waiting,
    @Nullable Suspicion suspicion,
    @Nullable Object member) {

  /** SYNs that were sent within such a time are lost together, by one cause. */
  private static final long TOGETHER = Duration.ofMillis(100).toNanos();

  /** A connect with less time would not see the answer to the second SYN. */
  private static final long TIME_TO_TRY = Duration.ofSeconds(2).toNanos();

  /** How long losses are kept, as networks change. */
  private static final long KEPT = Duration.ofDays(1).toNanos();

  /**
   * A wait, in nanoseconds.
   *
   * @param end when the next connect may try
   * @param isTried whether a connect has tried since the wait
   * @param triedAt when that was
   */
  private record Wait(long length, long end, boolean isTried, long triedAt) {
    /** A lost trial makes the wait so much longer. */
    private static final int GROWTH = 4;

    static Wait after(@Nullable Wait before, long now) {
      long length =
          before == null
              ? BackOff.FIRST.toNanos()
              : Math.min(GROWTH * before.length, BackOff.LONGEST.toNanos());
      return new Wait(length, now + length, false, 0);
    }
  }

  static Losses suspected(Suspicion suspicion) {
    return new Losses(suspicion, suspicion.start(), false, Long.MAX_VALUE, null, suspicion, null);
  }

  /**
   * Creates an entry after a first loss.
   *
   * @param member the destination or address that had the loss, in a scope wider than a destination
   */
  static Losses first(Suspicion loss, long now, @Nullable Object member) {
    return new Losses(loss, now, loss.withData(), loss.patience(), null, null, member);
  }

  /** Whether connects wait, or are tried one at a time. */
  boolean isWaiting() {
    return waiting != null;
  }

  /** The rest of the wait; 0 or less if it is over. */
  long left(long now) {
    return waiting == null ? 0 : waiting.end - now;
  }

  boolean isOver(long now) {
    return waiting == null || now - waiting.end >= 0;
  }

  boolean isOutdated(long now) {
    return now - latest() >= KEPT;
  }

  /** Whether nothing but the suspicion is known. */
  private boolean isSuspicionOnly() {
    return last.equals(suspicion);
  }

  /** When the latest of the failed connects began. */
  long latest() {
    return suspicion == null ? last.start() : suspicion.start();
  }

  /** The cost of learning this again: the losses, and the trials up to a wait of this length. */
  long cost() {
    return waiting != null ? waiting.length : isSuspicionOnly() ? 0 : 1;
  }

  /** Whether a connect has the time to try, as far as that is known. */
  boolean allows(long timeout) {
    return (timeout > 0 ? timeout : patience) >= TIME_TO_TRY;
  }

  /** Whether an answer shows that SYNs like these get through: also one after a program gave up. */
  boolean isEndedBy(long start, boolean answerToData) {
    boolean lostData = withData || (suspicion != null && suspicion.withData());
    return start - latest() >= 0 && (answerToData || !lostData);
  }

  /** Whether a loss is not one of those that began before the last one was known. */
  private boolean isNew(Suspicion loss) {
    return waiting != null
        ? waiting.isTried && loss.start() - waiting.triedAt >= 0
        : loss.start() - last.start() > TOGETHER || loss.start() - knownAt >= 0;
  }

  private Losses with(@Nullable Suspicion next) {
    Suspicion known = isSuspicionOnly() && next != null ? next : last;
    return new Losses(known, knownAt, withData, patience, waiting, next, member);
  }

  Losses alsoSuspected(Suspicion other) {
    if (suspicion != null) {
      return with(suspicion.and(other));
    }
    return isNew(other) ? with(other) : this;
  }

  /** A plain connect has begun. */
  Losses controlled(long now) {
    return suspicion == null ? this : with(suspicion.controlled(now));
  }

  /** The suspicion was wrong. Returns null if nothing else is known. */
  @Nullable Losses cleared() {
    return isSuspicionOnly() ? null : with(null);
  }

  /** A connect tries for all. */
  Losses tried(long now) {
    Wait before = waiting;
    Wait trial =
        before == null ? null : new Wait(before.length, now + BackOff.TRIAL.toNanos(), true, now);
    return new Losses(last, knownAt, withData, patience, trial, null, member);
  }

  /** A SYN was lost again. */
  Losses lost(Suspicion loss, long now) {
    if (isSuspicionOnly()) {
      return first(loss, now, member);
    }
    return isNew(loss)
        ? new Losses(
            loss,
            now,
            withData || loss.withData(),
            Math.min(patience, loss.patience()),
            Wait.after(waiting, now),
            null,
            member)
        : with(null);
  }

  /** A member of this scope began to wait. */
  Losses lostBy(Object another, Suspicion loss, long now) {
    if (isOutdated(now)) {
      return first(loss, now, another);
    }
    return another.equals(member) || isWaiting() ? this : lost(loss, now);
  }
}
