package io.tfo.backoff;

import java.time.Duration;
import java.util.Random;

/** A path to a server, with faults, and what the kernels at both of its ends do. */
final class SimulatedPath {
  /** When Linux sends a SYN again, in milliseconds after the first; without data and option. */
  private static final int[] RETRANSMISSIONS = {1000, 3000, 7000, 15000, 31000, 63000};

  private static final Duration GIVEN_UP = Duration.ofSeconds(127);

  private final Random random;

  Duration roundTrip = Duration.ofMillis(50);

  /** How many segments are lost, whatever they carry. */
  double loss;

  boolean dropsSynData;
  boolean resetsSynData;
  boolean dropsOption;

  /** Drops also what follows a SYN with data, as firewalls do that mark the connection. */
  boolean swallows;

  boolean isServerDown;

  /** A server without a listener answers nothing, instead of a reset. */
  boolean isSilent;

  /** Another address of the client: the server does not know the cookie. */
  boolean isRebound;

  private boolean hasCookie;

  SimulatedPath(Random random) {
    this.random = random;
  }

  /** The end of a handshake. */
  enum End {
    ANSWERED,
    REFUSED,
    GIVEN_UP
  }

  /**
   * A handshake.
   *
   * @param nanos how long it took
   * @param withData whether the first SYN carried data
   * @param isDataTaken whether the server took it
   * @param isLost whether the SYN was sent again, and the data of the first one was not taken
   */
  record Handshake(End end, long nanos, boolean withData, boolean isDataTaken, boolean isLost) {}

  Handshake connect(boolean withOption) {
    boolean withData = withOption && hasCookie;
    boolean arrives =
        !isLost() && !(withOption && dropsOption) && !(withData && dropsSynData) && !isDead();
    if (withData && resetsSynData && arrives || isServerDown && !isSilent && arrives) {
      return new Handshake(End.REFUSED, roundTrip.toNanos(), withData, false, false);
    }
    boolean isDataTaken = arrives && withData && !isRebound;
    if (arrives && !isLost()) {
      learn(withOption);
      return new Handshake(End.ANSWERED, roundTrip.toNanos(), withData, isDataTaken, false);
    }
    if (withData && swallows && dropsSynData) {
      return new Handshake(End.GIVEN_UP, GIVEN_UP.toNanos(), true, false, true);
    }
    for (int millis : RETRANSMISSIONS) {
      if (!isDead() && !isLost() && !isLost()) {
        long after = Duration.ofMillis(millis).plus(roundTrip).toNanos();
        return isServerDown
            ? new Handshake(End.REFUSED, after, withData, false, true)
            : new Handshake(End.ANSWERED, after, withData, isDataTaken, !isDataTaken);
      }
    }
    return new Handshake(End.GIVEN_UP, GIVEN_UP.toNanos(), withData, false, true);
  }

  void mend() {
    dropsSynData = false;
    resetsSynData = false;
    dropsOption = false;
    swallows = false;
  }

  private void learn(boolean withOption) {
    if (withOption) {
      hasCookie = true;
      isRebound = false;
    }
  }

  private boolean isDead() {
    return isServerDown && isSilent;
  }

  private boolean isLost() {
    return random.nextDouble() < loss;
  }
}
