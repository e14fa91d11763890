package io.tfo.jna;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Decides which connects have lost their SYN, and records that in the {@link BackOff}. It holds all
 * policy about losses: for connects whose SYN this library sends ({@link ConnectAttempt}) and for
 * those that the kernel defers ({@link SynOutcomes}).
 *
 * <p>A connect that took its usual time costs no native call. This library sees the end of a
 * blocking connect. The JDK finishes a non-blocking one without telling us, so a sample is checked
 * by a timer, at the latest when a SYN timeout is almost over: one connect a second to each
 * destination.
 */
final class SynLossDetector implements SynOutcomes {
  /** When a SYN is sent again without its data: after one second (RFC 6298, 2), less a margin. */
  private static final long SYN_TIMEOUT = Duration.ofMillis(950).toNanos();

  /** A connect abandoned sooner has most likely lost a race, and says nothing about the network. */
  private static final long SHORTEST_TIMEOUT = Duration.ofMillis(100).toNanos();

  /** Most connects are answered by then, and a check that is a little late still finds that out. */
  private static final long EARLY = Duration.ofMillis(300).toNanos();

  /** The last moment at which an answer cannot be one to a second SYN. */
  private static final Duration BEFORE_SYN_TIMEOUT = Duration.ofMillis(900);

  private static final long BETWEEN_CHECKS = Duration.ofSeconds(1).toNanos();

  /** Destinations share the slots by their hash, so no destination has to be stored. */
  private static final int SLOTS = 1024;

  private final BackOff backOff;
  private final AtomicLongArray nextCheck = new AtomicLongArray(SLOTS);

  SynLossDetector(BackOff backOff) {
    this.backOff = backOff;
    long now = backOff.now();
    for (int slot = 0; slot < SLOTS; slot++) {
      nextCheck.set(slot, now);
    }
  }

  /** The time by the back-off's clock, in nanoseconds. */
  long now() {
    return backOff.now();
  }

  /** Whether a SYN to this destination may carry data; see {@link BackOff#admits}. */
  boolean admits(InetSocketAddress destination) {
    return backOff.admits(destination);
  }

  @Override
  public void answered(
      InetSocketAddress destination, long sentAt, boolean withData, LossQuery query) {
    connected(destination, sentAt, withData, query);
  }

  @Override
  public void failed(
      InetSocketAddress destination, long sentAt, boolean withData, IOException failure) {
    failed(destination);
  }

  @Override
  public void abandoned(InetSocketAddress destination, long sentAt, boolean withData) {
    abandoned(destination, sentAt);
  }

  /** Asks the system whether a connection's SYN was lost. */
  interface LossQuery {
    boolean hasLostSyn() throws IOException;
  }

  /**
   * A connect failed: refused, reset, unreachable, not answered in time. It may have failed without
   * TCP Fast Open, too; then a plain next connect does no harm.
   */
  void failed(InetSocketAddress destination) {
    backOff.lost(destination);
  }

  /**
   * A connect was closed or interrupted before it was answered, because its time was over or it was
   * no longer needed. Where a program gives connects less than a second, this may be the only sign
   * that SYNs with data are lost.
   *
   * @param start when it began, by this detector's clock
   */
  void abandoned(InetSocketAddress destination, long start) {
    if (backOff.now() - start >= SHORTEST_TIMEOUT) {
      backOff.lost(destination);
    }
  }

  /**
   * A handshake is complete. The system is asked only if it took as long as a SYN timeout.
   *
   * @param start when it began, by this detector's clock
   * @param withData whether the SYN carried data, as far as the system tells
   */
  void connected(InetSocketAddress destination, long start, boolean withData, LossQuery query) {
    if (isInTime(start) || !hasLostSyn(query)) {
      answered(destination, withData);
    } else {
      backOff.lost(destination);
    }
  }

  private static boolean hasLostSyn(LossQuery query) {
    try {
      return query.hasLostSyn();
    } catch (IOException e) {
      return true;
    }
  }

  /** Whether the SYN cannot have been sent again so far. */
  private boolean isInTime(long start) {
    return backOff.now() - start < SYN_TIMEOUT;
  }

  private void answered(InetSocketAddress destination, boolean withData) {
    if (withData) {
      backOff.answered(destination);
    }
  }

  /**
   * A non-blocking connect is under way.
   *
   * @param withData whether the SYN carries data, as far as the system tells
   */
  void pending(ConnectAttempt attempt, boolean withData) {
    if (isSampled(attempt.destination, attempt.nanoTime)) {
      boolean bound = attempt.jdk.hasLocalAddress(attempt.channel);
      checkAfter(EARLY, attempt, withData, bound);
    }
  }

  private boolean isSampled(InetSocketAddress destination, long now) {
    return !backOff.isOff()
        && (isFirstForAWhile(destination, now) || backOff.remembers(destination));
  }

  private boolean isFirstForAWhile(InetSocketAddress destination, long now) {
    int hash = destination.hashCode();
    int slot = (hash ^ (hash >>> 16)) & (SLOTS - 1);
    long due = nextCheck.get(slot);
    return now - due >= 0 && nextCheck.compareAndSet(slot, due, now + BETWEEN_CHECKS);
  }

  /** The timer holds the channel until then: a channel that is collected could tell nothing. */
  private void checkAfter(
      long sinceBegun, ConnectAttempt attempt, boolean withData, boolean bound) {
    DaemonTimer.run(
        () -> {
          if (sinceBegun == EARLY && attempt.channel.isConnectionPending()) {
            checkAfter(BEFORE_SYN_TIMEOUT.toNanos(), attempt, withData, bound);
          } else {
            check(attempt, withData, bound);
          }
        },
        Duration.ofNanos(sinceBegun - (backOff.now() - attempt.nanoTime)));
  }

  private void check(ConnectAttempt attempt, boolean withData, boolean bound) {
    SocketChannel channel = attempt.channel;
    JdkChannels jdk = attempt.jdk;
    synchronized (jdk.stateLock(channel)) {
      if (channel.isOpen()) {
        if (channel.isConnected() || isAnswered(attempt.tcp, jdk.fd(channel))) {
          connected(attempt.destination, attempt.nanoTime, withData, attempt);
        } else {
          failed(attempt.destination);
        }
      } else if (!bound) {
        // Closed by now. The JDK gave it a local address if its connect was finished before.
        if (!jdk.hasLocalAddress(channel)) {
          failed(attempt.destination);
        } else if (isInTime(attempt.nanoTime)) {
          answered(attempt.destination, withData);
        }
      }
    }
  }

  /** The connect may be answered, and only the program late in finishing it. */
  private static boolean isAnswered(NativeTcp tcp, int fd) {
    try {
      return tcp.isAnswered(fd);
    } catch (IOException e) {
      return false;
    }
  }
}
