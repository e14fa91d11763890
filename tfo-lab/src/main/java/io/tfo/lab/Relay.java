package io.tfo.lab;

import static io.tfo.lab.ErrnoException.check;

import io.tfo.lab.Segment.Direction;
import io.tfo.lab.libc.Libc;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.PriorityQueue;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** The thread of the wire: takes packets from the link, and hands them on when they are due. */
final class Relay implements CloseStack.Resource {
  private static final short POLLIN = 1; // poll.h
  private static final int EFD_CLOEXEC_NONBLOCK = 0x80000 | 0x800; // sys/eventfd.h
  private static final int PR_SET_TIMERSLACK = 29; // linux/prctl.h
  private static final long MAX_WAIT_NANOS = 1_000_000_000;
  private static final long SPIN_NANOS = 120_000; // longer than a timer is late
  private static final Duration JOIN_LIMIT = Duration.ofSeconds(10);

  /** A packet and its time, by System.nanoTime(). */
  @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
  private record Due(byte[] packet, Direction direction, long nanos, long order)
      implements Comparable<Due> {
    @Override
    public int compareTo(Due other) {
      return nanos != other.nanos
          ? Long.signum(nanos - other.nanos)
          : Long.compare(order, other.order);
    }
  }

  private final Link link;
  private final boolean carries;
  private final Wire wire;
  private final int wakeUp;
  private final Thread thread = new Thread(this::run, "lab-wire");
  private final Queue<PacketSocket.Arrival> arrived = new ArrayDeque<>();
  private final PriorityQueue<Due> waiting = new PriorityQueue<>();
  private long count;
  private volatile boolean closed;

  Relay(Link link, Wire wire) throws IOException {
    this.link = link;
    carries = link.kind() == LabAvailability.Kind.TWO_HOSTS;
    this.wire = wire;
    wakeUp = check("eventfd", Libc.eventfd(0, EFD_CLOEXEC_NONBLOCK));
    thread.setDaemon(true);
    thread.start();
  }

  private void run() {
    try {
      check("prctl(PR_SET_TIMERSLACK)", Libc.prctl(PR_SET_TIMERSLACK, 1));
      Poll poll = new Poll();
      while (!closed) {
        boolean received = receive();
        boolean sent = send();
        if (!received && !sent) {
          poll.await(nanosToWait());
        }
      }
    } catch (IOException | RuntimeException | Error e) {
      wire.fail(e);
    }
  }

  /**
   * Takes all packets, so that the ring does not overflow, and handles one of them, so that a burst
   * does not delay packets that are due.
   */
  private synchronized boolean receive() {
    PacketSocket.Arrival arrival = link.tap().poll();
    while (arrival != null) {
      arrived.add(arrival);
      arrival = link.tap().poll();
    }
    arrival = arrived.poll();
    if (arrival == null) {
      return false;
    }
    Packet packet = Packet.parse(arrival.packet());
    if (carries) {
      carry(arrival, packet, link.direction(arrival.interfaceIndex()));
    } else if (packet != null) {
      wire.overhear(packet, arrival.nanos());
    }
    return true;
  }

  /** Takes all packets that the kernel has already shown to the tap. */
  synchronized void catchUp() {
    boolean more = !closed;
    while (more) {
      more = receive();
    }
  }

  private void carry(PacketSocket.Arrival arrival, @Nullable Packet packet, Direction direction) {
    long due = arrival.nanos() + wire.delayNanos();
    if (packet == null) {
      enqueue(arrival.packet(), direction, due);
      return;
    }
    for (FaultChain.Passage passage : wire.pass(packet, direction, arrival.nanos())) {
      Segment segment = passage.segment();
      enqueue(segment.bytes(), segment.direction(), due + passage.extra().toNanos());
    }
  }

  private void enqueue(byte[] packet, Direction direction, long nanos) {
    waiting.add(new Due(packet, direction, nanos, count++));
  }

  /** Sends one packet only: the host answers at once, and the ring needs room for the answer. */
  private boolean send() {
    Due due = waiting.peek();
    if (due == null || due.nanos() - System.nanoTime() > 0) {
      return false;
    }
    waiting.poll();
    try {
      link.deliver(due.packet(), due.direction());
    } catch (ErrnoException e) {
      // The interface is down, or the packet is larger than the host accepts: it is lost, as on any
      // network.
      if (e.errno() != ErrnoException.ENETDOWN && e.errno() != ErrnoException.ENOBUFS) {
        wire.fail(e);
      }
    } catch (IOException e) {
      wire.fail(e);
    }
    return true;
  }

  /**
   * Returns 0 shortly before a packet is due: the loop then spins, since no timer is that precise.
   */
  private long nanosToWait() {
    Due due = waiting.peek();
    long left = due == null ? MAX_WAIT_NANOS : due.nanos() - System.nanoTime() - SPIN_NANOS;
    return Math.max(0, Math.min(left, MAX_WAIT_NANOS));
  }

  /** Ends the thread, which alone uses the taps, and closes them. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    Libc.eventfd_write(wakeUp, 1);
    boolean interrupted = Thread.interrupted();
    long deadline = System.nanoTime() + JOIN_LIMIT.toNanos();
    while (thread.isAlive() && System.nanoTime() < deadline) {
      try {
        thread.join(JOIN_LIMIT.toMillis());
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (!thread.isAlive()) {
      closeLink();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void closeLink() {
    Libc.close(wakeUp);
    link.close();
  }

  /** Waits for a packet, the wake-up call, or the time. */
  private final class Poll {
    private static final int DESCRIPTORS = 2;
    private final ByteBuffer polled = Libc.memory(8 * DESCRIPTORS);
    private final ByteBuffer timeout = Libc.memory(16);

    /** Writes at absolute positions, since JNA passes the address of a buffer's position. */
    Poll() {
      polled.putInt(0, wakeUp).putShort(4, POLLIN);
      polled.putInt(8, link.tap().descriptor()).putShort(12, POLLIN);
    }

    void await(long nanos) {
      if (nanos == 0) {
        Thread.onSpinWait();
        return;
      }
      Libc.ppoll(polled, DESCRIPTORS, Libc.timespec(timeout, nanos));
    }
  }
}
