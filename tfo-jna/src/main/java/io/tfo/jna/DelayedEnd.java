package io.tfo.jna;

import java.time.Duration;

/** One close or shutdown that waits for the answer to its SYN, and when the timer tries it next. */
final class DelayedEnd {
  /** Long enough for a SYN that is sent a fourth time, 7 seconds after the first. */
  static final Duration LONGEST = Duration.ofSeconds(10);

  /** The longest pause between two checks. */
  static final Duration LONGEST_PAUSE = Duration.ofMillis(10);

  private final DelayedEnds.Ending connection;
  private final String end;
  private final long since = System.nanoTime();

  /**
   * The time of the next check, by {@link System#nanoTime}. The timer's thread sets it and the
   * slack.
   */
  private volatile long nextCheck = since + Polling.pause(0, LONGEST_PAUSE);

  /** How much earlier than {@code nextCheck} a check of other ends may try this one, too. */
  private long slack;

  /** Set by {@link DelayedEnds} with its monitor. */
  volatile boolean isGivenUp;

  DelayedEnd(DelayedEnds.Ending connection, String end) {
    this.connection = connection;
    this.end = end;
  }

  long nextCheck() {
    return nextCheck;
  }

  /** Whether the timer is to try it now; if so, plans the next time. */
  boolean isDue(long now) {
    boolean isDue = nextCheck - now <= slack;
    if (isDue) {
      long pause = Polling.pause(now - since, LONGEST_PAUSE);
      nextCheck = now + pause;
      slack = pause / 2;
    }
    return isDue;
  }

  /** As {@link DelayedEnds.Ending#tryEnd}. */
  boolean tryEnd() {
    return connection.tryEnd(end, isGivenUp || System.nanoTime() - since > LONGEST.toNanos());
  }
}
