package io.tfo.spi;

import io.tfo.FastOpenOutcome;
import io.tfo.FastOpenStatistics.PlainReason;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * The counters behind {@link io.tfo.FastOpenStatistics}: drop-ins and backends add to them. No
 * method makes a system call, allocates or waits, except those that are called once for a drop-in.
 */
public final class FastOpenActivity {
  private static final String OUTCOMES = "io.tfo.statistics.outcomes";

  /** The counters, besides those of the reasons for plain connects. */
  public enum Count {
    /** A SYN was sent with data. */
    SYN_DATA,
    /** A SYN was sent that asks for a cookie. */
    COOKIE_REQUESTED,
    /** A server has acknowledged the data of a SYN. */
    ACKNOWLEDGED,
    /** A server has not acknowledged the data of a SYN. */
    NOT_ACKNOWLEDGED,
    /** A SYN with the option was lost, and sent again without it. */
    RETRANSMITTED,
    /** A listener was switched on. */
    LISTENER_ON,
    /** A connection was accepted that SYN data had opened. */
    ACCEPTED_SYN_DATA;

    /** A field, since an {@code EnumMap} uses reflection on its enum, which takes start-up time. */
    @SuppressWarnings("ImmutableEnumChecker")
    private final LongAdder adder = new LongAdder();
  }

  /**
   * The counters of plain connects. A separate class, so that the first connect with data need not
   * load the reasons. The map is complete from the beginning and never changes, so threads may
   * share it.
   */
  private static final class Plain {
    private static final EnumMap<PlainReason, LongAdder> COUNTS = new EnumMap<>(PlainReason.class);

    static {
      for (PlainReason reason : PlainReason.values()) {
        COUNTS.put(reason, new LongAdder());
      }
    }

    private Plain() {}

    static LongAdder of(PlainReason reason) {
      return Objects.requireNonNull(COUNTS.get(reason));
    }
  }

  /** Guarded by its own monitor: a concurrent set would cost start-up time. */
  private static final TreeSet<String> DROP_INS = new TreeSet<>();

  /** Whether outcomes are read until {@link #outcomesEnd}, or for ever. */
  private static volatile boolean readsOutcomes;

  /** Whether a connect was ever observed. */
  private static volatile boolean isObserved;

  private static volatile boolean readsOutcomesAlways;
  private static volatile long outcomesEnd;

  static {
    readsOutcomesAlways = isSet();
    readsOutcomes = readsOutcomesAlways;
  }

  private FastOpenActivity() {}

  private static boolean isSet() {
    try {
      return Boolean.parseBoolean(System.getProperty(OUTCOMES, "").strip());
    } catch (SecurityException e) {
      return false;
    }
  }

  /**
   * Adds one to a counter.
   *
   * @param what the counter
   */
  public static void count(Count what) {
    what.adder.increment();
  }

  /**
   * Adds one to the plain connects.
   *
   * @param reason why it is plain
   */
  public static void plain(PlainReason reason) {
    Plain.of(reason).increment();
    if (isObserved) {
      ConnectObservation.note(reason);
    }
  }

  /**
   * Counts a connect whose SYN had the option.
   *
   * @param withData whether it carried data; else it asked for a cookie
   */
  public static void attempted(boolean withData) {
    count(withData ? Count.SYN_DATA : Count.COOKIE_REQUESTED);
  }

  /**
   * Counts a connect whose SYN should have had the option.
   *
   * @param isPlain whether the system itself has left it out
   * @param withData whether it carried data; else it asked for a cookie
   */
  public static void attempted(boolean isPlain, boolean withData) {
    if (isPlain) {
      plain(PlainReason.OFF);
    } else {
      attempted(withData);
    }
  }

  /**
   * Counts an outcome that was read from the system, once for each connect.
   *
   * @param outcome the outcome; only whether data was acknowledged is counted
   */
  public static void outcome(FastOpenOutcome outcome) {
    Count counted =
        switch (outcome) {
          case SYN_DATA_ACKED -> Count.ACKNOWLEDGED;
          case SYN_DATA_NOT_ACKED -> Count.NOT_ACKNOWLEDGED;
          // Counted when the SYN was sent, or as a loss; or the system does not tell.
          case COOKIE_REQUESTED, SYN_RETRANSMITTED, NOT_ATTEMPTED, UNKNOWN -> null;
        };
    if (counted != null) {
      count(counted);
    }
  }

  /**
   * Reads a counter.
   *
   * @param what which one
   * @return its value
   */
  public static long sum(Count what) {
    return what.adder.sum();
  }

  /**
   * Reads the counter of a reason.
   *
   * @param reason which one
   * @return its value
   */
  public static long sum(PlainReason reason) {
    return Plain.of(reason).sum();
  }

  /**
   * Records that a drop-in is in use. The same drop-in may be recorded again.
   *
   * @param name a few words, such as {@code socket factory}
   * @param backend the name of its backend
   */
  public static void use(String name, String backend) {
    String dropIn = name + " (" + backend + ")";
    synchronized (DROP_INS) {
      DROP_INS.add(dropIn);
    }
  }

  /**
   * Returns the drop-ins that {@link #use} has recorded.
   *
   * @return a list in alphabetical order
   */
  public static List<String> dropIns() {
    synchronized (DROP_INS) {
      return List.copyOf(DROP_INS);
    }
  }

  /**
   * Switches the reading of outcomes on for a time.
   *
   * @param time how long from now on; a longer time that was asked for before stays
   */
  public static void readOutcomes(Duration time) {
    long nanos = Math.min(TimeUnit.NANOSECONDS.convert(time), TimeUnit.DAYS.toNanos(365));
    long end = System.nanoTime() + nanos;
    synchronized (FastOpenActivity.class) {
      if (!readsOutcomes || end - outcomesEnd > 0) {
        outcomesEnd = end;
        readsOutcomes = true;
      }
    }
  }

  /**
   * Whether single connects are observed now: by Flight Recorder's event {@code io.tfo.Connect}, or
   * by the log at DEBUG. Costs next to nothing while both are off.
   *
   * @return whether {@link ConnectObservation#begin} returns an observation
   */
  public static boolean isObserved() {
    boolean observed = Observers.logsConnects() || Observers.recordsConnects();
    if (observed && !isObserved) {
      isObserved = true;
    }
    return observed;
  }

  /**
   * Whether accepted connections are observed now: by the counters, by Flight Recorder at {@code
   * io.tfo.Accept}, or by the log at DEBUG.
   *
   * @return whether to call {@link AcceptObservation#accepted}
   */
  public static boolean isAcceptObserved() {
    return readsOutcomes() || Observers.logsAccepts() || Observers.recordsAccepts();
  }

  /** Ends the time of {@link #readOutcomes}. */
  public static void stopReadingOutcomes() {
    synchronized (FastOpenActivity.class) {
      readsOutcomes = readsOutcomesAlways;
      outcomesEnd = System.nanoTime();
    }
  }

  /**
   * Whether the outcome of each connection is wanted now. Costs next to nothing while it is not.
   *
   * @return whether to read it
   */
  public static boolean readsOutcomes() {
    return readsOutcomes && isStillWanted();
  }

  private static boolean isStillWanted() {
    if (readsOutcomesAlways || System.nanoTime() - outcomesEnd < 0) {
      return true;
    }
    synchronized (FastOpenActivity.class) {
      readsOutcomes = System.nanoTime() - outcomesEnd < 0;
      return readsOutcomes;
    }
  }
}
