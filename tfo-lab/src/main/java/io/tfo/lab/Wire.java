package io.tfo.lab;

import io.tfo.lab.Segment.Direction;
import io.tfo.lab.Segment.Fate;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

/** The wire between the two hosts: records every TCP segment, and can have a delay and faults. */
public final class Wire {
  private final boolean carries;
  private final long epoch = System.nanoTime();
  private final Recording recording = new Recording();
  private final List<Fault> faults = new CopyOnWriteArrayList<>();
  private final Set<InetSocketAddress> serverEnds = new HashSet<>();
  private volatile long delayNanos;
  private volatile Runnable catchUp = () -> {};

  Wire(LabAvailability.Kind kind) {
    carries = kind == LabAvailability.Kind.TWO_HOSTS;
  }

  /**
   * Delays every packet seen from now on; before the first call there is no delay.
   *
   * @param oneWay how long a packet travels: half the round trip
   * @throws UnsupportedOperationException in a lab of the kind {@code LOOPBACK}
   */
  public void delay(Duration oneWay) {
    requireCarrier();
    if (oneWay.isNegative()) {
      throw new IllegalArgumentException("delay " + oneWay);
    }
    delayNanos = oneWay.toNanos();
  }

  /**
   * Adds a fault, which sees the segments that the faults before it hand on. Only TCP segments meet
   * faults; other packets pass.
   *
   * @param fault the fault
   * @throws UnsupportedOperationException in a lab of the kind {@code LOOPBACK}
   */
  public void fault(Fault fault) {
    requireCarrier();
    faults.add(fault);
  }

  /** Removes all faults. */
  public void clearFaults() {
    faults.clear();
  }

  /**
   * Returns every TCP segment since the last {@link #forget()} as its sender sent it, in the order
   * in which the wire saw them. Segments that a fault made follow the one they were made from.
   *
   * @throws IllegalStateException if a fault has thrown an exception
   */
  public List<Segment> segments() {
    catchUp.run();
    return recording.all();
  }

  /** Returns the SYNs, without ACK, that the client sent: {@link #segments()} without the rest. */
  public List<Segment> syns() {
    return segments().stream()
        .filter(Segment::isSyn)
        .filter(segment -> segment.direction() == Direction.TO_SERVER)
        .filter(segment -> segment.fate() != Fate.ADDED)
        .toList();
  }

  /**
   * Returns the first of {@link #segments()} that is wanted, and waits for it if there is none,
   * half a minute at most: on a busy machine a segment can be seconds late.
   *
   * @param wanted says which segment is wanted
   * @return the segment
   * @throws AssertionError if none came in time; the message lists those that did
   */
  public Segment await(Predicate<Segment> wanted) {
    return await(wanted, Duration.ofSeconds(30));
  }

  /**
   * Returns the first of {@link #segments()} that is wanted, and waits for it if there is none.
   *
   * @param wanted says which segment is wanted
   * @param within the most time to wait
   * @return the segment
   * @throws AssertionError if none came in time; the message lists those that did
   */
  public Segment await(Predicate<Segment> wanted, Duration within) {
    return recording.await(wanted, within);
  }

  /** Forgets the segments seen so far. */
  public void forget() {
    catchUp.run();
    recording.forget();
  }

  /**
   * Sets the action that brings the record up to date if the wire only listens and may lag behind.
   */
  void catchUpBy(Runnable action) {
    catchUp = action;
  }

  long delayNanos() {
    return delayNanos;
  }

  /** Decides what happens to a segment that one host sent to the other. */
  List<FaultChain.Passage> pass(Packet packet, Direction direction, long now) {
    Segment segment = segment(packet, direction, now);
    try {
      FaultChain.Outcome outcome = FaultChain.apply(faults, segment);
      recording.add(outcome.seen());
      return outcome.passages();
    } catch (RuntimeException | Error e) {
      recording.fail(e);
      return List.of();
    }
  }

  /**
   * Records a segment that the kernel delivers itself; the sender of the first SYN is the client.
   */
  void overhear(Packet packet, long now) {
    Segment segment = segment(packet, Direction.TO_SERVER, now);
    if (segment.isSyn()) {
      serverEnds.add(segment.destination());
    }
    boolean toServer = serverEnds.contains(segment.destination());
    recording.add(List.of(toServer ? segment : segment(packet, Direction.TO_CLIENT, now)));
  }

  void fail(Throwable cause) {
    recording.fail(cause);
  }

  private Segment segment(Packet packet, Direction direction, long now) {
    return new Segment(packet, direction, Duration.ofNanos(now - epoch), Fate.DELIVERED);
  }

  private void requireCarrier() {
    if (!carries) {
      throw new UnsupportedOperationException(
          "both hosts are on the loopback interface, which has neither delay nor faults");
    }
  }
}
