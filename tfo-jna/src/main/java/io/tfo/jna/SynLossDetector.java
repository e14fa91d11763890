package io.tfo.jna;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Finds out whether SYNs are answered, and tells the {@link BackOff}, without a native call after a
 * connect that took its usual time.
 *
 * <p>The end of a blocking connect is ours to see. A non-blocking one is finished by the JDK
 * without a word to us, so some are looked at, at the latest when a SYN timeout is almost over: of
 * each destination one a second, which costs the others nothing.
 */
final class SynLossDetector {
  /** When a SYN is sent again without its data: after one second (RFC 6298, 2), less a margin. */
  private static final long SYN_TIMEOUT = Duration.ofMillis(950).toNanos();

  /** What is given up sooner most likely had lost a race, and says nothing of the network. */
  private static final long SHORTEST_TIMEOUT = Duration.ofMillis(100).toNanos();

  /** Most are answered by then, and a look that is a little late still finds that out. */
  private static final long EARLY = Duration.ofMillis(300).toNanos();

  /** The last moment to look at an answer that may not be one to a second SYN. */
  static final Duration BEFORE_SYN_TIMEOUT = Duration.ofMillis(900);

  private static final long BETWEEN_LOOKS = Duration.ofSeconds(1).toNanos();

  /** Destinations share them by their hash, so that no destination has to be remembered. */
  private static final int SLOTS = 1024;

  private final BackOff backOff;
  private final AtomicLongArray nextLook = new AtomicLongArray(SLOTS);

  SynLossDetector(BackOff backOff) {
    this.backOff = backOff;
    long now = backOff.now();
    for (int slot = 0; slot < SLOTS; slot++) {
      nextLook.set(slot, now);
    }
  }

  /**
   * A connect has failed: refused, reset, unreachable. Perhaps it would have without TCP Fast Open;
   * then it does no harm that the next one is plain.
   */
  void failed(ConnectAttempt attempt) {
    backOff.lost(attempt.destination());
  }

  /**
   * A connect was closed or interrupted before it had an answer, by whoever keeps its time or needs
   * it no more. Given less than a second, all might end so where SYNs with data are lost.
   */
  void givenUp(ConnectAttempt attempt) {
    if (backOff.now() - attempt.nanoTime() >= SHORTEST_TIMEOUT) {
      backOff.lost(attempt.destination());
    }
  }

  /**
   * A handshake is done. One that took a SYN timeout is worth a question to the system.
   *
   * @param withData whether the SYN carried data, as far as the system tells
   */
  void done(ConnectAttempt attempt, SocketChannel channel, boolean withData) {
    if (isInTime(attempt) || !hasLostSyn(attempt, channel)) {
      answered(attempt, withData);
    } else {
      backOff.lost(attempt.destination());
    }
  }

  /** Whether the SYN cannot have been sent again so far. */
  private boolean isInTime(ConnectAttempt attempt) {
    return backOff.now() - attempt.nanoTime() < SYN_TIMEOUT;
  }

  private void answered(ConnectAttempt attempt, boolean withData) {
    if (withData) {
      backOff.answered(attempt.destination());
    }
  }

  private static boolean hasLostSyn(ConnectAttempt attempt, SocketChannel channel) {
    synchronized (attempt.jdk().stateLock(channel)) {
      try {
        return !channel.isOpen() || attempt.tcp().hasLostSyn(attempt.jdk().fd(channel));
      } catch (IOException e) {
        return true;
      }
    }
  }

  /**
   * A non-blocking connect is under way.
   *
   * @param withData whether the SYN carries data, as far as the system tells
   */
  void pending(ConnectAttempt attempt, SocketChannel channel, boolean withData) {
    if (isDue(attempt.destination(), attempt.nanoTime())) {
      boolean bound = attempt.jdk().hasLocalAddress(channel);
      lookAfter(EARLY, attempt, channel, withData, bound);
    }
  }

  /** Whether a connect is one of those that are looked at. */
  boolean isDue(InetSocketAddress destination, long now) {
    return !backOff.isOff()
        && (isFirstForAWhile(destination, now) || backOff.remembers(destination));
  }

  private boolean isFirstForAWhile(InetSocketAddress destination, long now) {
    int hash = destination.hashCode();
    int slot = (hash ^ (hash >>> 16)) & (SLOTS - 1);
    long due = nextLook.get(slot);
    return now - due >= 0 && nextLook.compareAndSet(slot, due, now + BETWEEN_LOOKS);
  }

  /** Holds the channel until then: one that is closed and collected could tell nothing. */
  private void lookAfter(
      long sinceBegun,
      ConnectAttempt attempt,
      SocketChannel channel,
      boolean withData,
      boolean bound) {
    DaemonTimer.run(
        () -> {
          if (sinceBegun == EARLY && channel.isConnectionPending()) {
            lookAfter(BEFORE_SYN_TIMEOUT.toNanos(), attempt, channel, withData, bound);
          } else {
            look(attempt, channel, withData, bound);
          }
        },
        Duration.ofNanos(sinceBegun - (backOff.now() - attempt.nanoTime())));
  }

  private void look(
      ConnectAttempt attempt, SocketChannel channel, boolean withData, boolean bound) {
    JdkChannels jdk = attempt.jdk();
    synchronized (jdk.stateLock(channel)) {
      if (channel.isOpen()) {
        if (channel.isConnected() || isAnswered(attempt.tcp(), jdk.fd(channel))) {
          done(attempt, channel, withData);
        } else {
          failed(attempt);
        }
      } else if (!bound) {
        // Closed by now. The JDK gave it a local address if its connect was finished before.
        if (!jdk.hasLocalAddress(channel)) {
          failed(attempt);
        } else if (isInTime(attempt)) {
          answered(attempt, withData);
        }
      }
    }
  }

  /** It may be that only the channel's user is late. */
  private static boolean isAnswered(NativeTcp tcp, int fd) {
    try {
      return tcp.isAnswered(fd);
    } catch (IOException e) {
      return false;
    }
  }
}
