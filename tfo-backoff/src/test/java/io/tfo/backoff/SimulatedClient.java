package io.tfo.backoff;

import io.tfo.backoff.SimulatedPath.End;
import io.tfo.backoff.SimulatedPath.Handshake;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A program that connects, has a request answered, and begins again. */
final class SimulatedClient {
  /** A handshake that took longer has lost a SYN. */
  private static final Duration LONG = Duration.ofMillis(900);

  private final BackOffSimulation simulation;
  private final InetSocketAddress destination;
  private final SimulatedPath path;

  /** How long a connect may take; zero without a limit. */
  Duration timeout = Duration.ZERO;

  /** Whether the back-off is told the timeout. */
  boolean isTimeoutStated = true;

  /** The time between an answer and the next connect. */
  Duration pause = Duration.ZERO;

  /** How many connects there are. */
  int most = Integer.MAX_VALUE;

  final List<Exchange> exchanges = new ArrayList<>();

  /**
   * A connect with its request.
   *
   * @param start when it began, by the clock of the simulation
   * @param nanos how long it took, from the connect to the answer
   * @param hadOption whether TCP Fast Open was tried
   * @param wasFast whether the server took the SYN's data
   * @param failed whether it was refused or given up
   */
  record Exchange(long start, long nanos, boolean hadOption, boolean wasFast, boolean failed) {
    /** Whether it was worse than a plain one on a path without random loss. */
    boolean suffered() {
      return hadOption && (failed || nanos >= LONG.toNanos());
    }
  }

  SimulatedClient(BackOffSimulation simulation, InetSocketAddress destination, SimulatedPath path) {
    this.simulation = simulation;
    this.destination = destination;
    this.path = path;
  }

  void connect() {
    BackOff backOff = simulation.backOff;
    long start = backOff.now();
    boolean admitted = backOff.admits(destination, isTimeoutStated ? timeout.toNanos() : 0);
    Handshake handshake = path.connect(admitted);
    long limit = timeout.isZero() ? Long.MAX_VALUE : timeout.toNanos();
    simulation.after(
        Math.min(handshake.nanos(), limit), () -> ended(start, admitted, handshake, limit));
  }

  private void ended(long start, boolean admitted, Handshake handshake, long limit) {
    boolean inTime = handshake.nanos() <= limit;
    if (admitted) {
      report(start, handshake, inTime);
    } else if (inTime && handshake.end() == End.ANSWERED) {
      simulation.backOff.plainAnswered(destination, start, handshake.nanos());
    } else {
      boolean refused = inTime && handshake.end() == End.REFUSED;
      simulation.backOff.plainFailed(
          destination, start, refused ? Long.MAX_VALUE : Math.min(handshake.nanos(), limit));
    }
    boolean answered = inTime && handshake.end() == End.ANSWERED;
    long rest = !answered || handshake.isDataTaken() ? 0 : path.roundTrip.toNanos();
    long nanos = Math.min(handshake.nanos(), limit) + rest;
    exchanges.add(new Exchange(start, nanos, admitted, handshake.isDataTaken(), !answered));
    if (exchanges.size() < most) {
      simulation.after(rest + pause.toNanos(), this::connect);
    }
  }

  private void report(long start, Handshake handshake, boolean inTime) {
    BackOff backOff = simulation.backOff;
    boolean withData = handshake.withData();
    if (!inTime) {
      backOff.unanswered(destination, start, withData, timeout.toNanos());
    } else if (handshake.end() == End.REFUSED) {
      backOff.failed(destination, start, withData);
    } else if (handshake.end() == End.GIVEN_UP) {
      backOff.unanswered(destination, start, withData, handshake.nanos());
    } else if (handshake.isLost()) {
      backOff.retransmitted(destination, start, withData);
    } else {
      backOff.answered(destination, start, withData);
    }
  }
}
