package io.tfo.backoff;

import java.time.Duration;

/**
 * A connect with the TFO option that may have failed because of the option. The next plain connects
 * decide whether it has. Times are in nanoseconds.
 *
 * @param start when it began
 * @param withData whether its SYN carried data
 * @param within a plain connect that is answered within this time makes this a loss
 * @param patience how long its program waited; {@link Long#MAX_VALUE} if it did not give up
 * @param isControlled whether a plain connect has begun since
 * @param controlEnd when that has failed at the latest; meaningful if {@code isControlled}
 */
record Suspicion(
    long start,
    boolean withData,
    long within,
    long patience,
    boolean isControlled,
    long controlEnd) {

  /** A plain connect that has no answer by then has failed. */
  static final Duration CONTROL = Duration.ofSeconds(10);

  static Suspicion of(long start, boolean withData, long within, long patience) {
    return new Suspicion(start, withData, within, patience, false, 0);
  }

  /** One suspicion for two connects. The longer wait counts, since it was in vain, too. */
  Suspicion and(Suspicion other) {
    return new Suspicion(
        start,
        withData || other.withData,
        Math.max(within, other.within),
        Math.min(patience, other.patience),
        isControlled,
        controlEnd);
  }

  /** A plain connect has begun. */
  Suspicion controlled(long now) {
    return isControlled
        ? this
        : new Suspicion(start, withData, within, patience, true, now + CONTROL.toNanos());
  }

  boolean isControlOver(long now) {
    return isControlled && now - controlEnd >= 0;
  }
}
