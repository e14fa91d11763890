package io.tfo.jna;

import io.tfo.backoff.KnownDestinations;
import io.tfo.jdk.JdkChannels;
import io.tfo.jna.KernelDeferral.Stage;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What the channels of one factory share: the native calls for connects that the kernel defers,
 * their timers, and what was learned of their destinations.
 */
final class DeferredConnects {
  private static final Duration BETWEEN_CHECKS = Duration.ofMillis(2);

  final String backend;
  final JdkChannels jdk;
  final NativeTcp tcp;
  final KernelDeferral deferral;
  final SynLossDetector outcomes;
  final KnownDestinations known;
  final KnownDestinations serverFirst;
  private final CookiePolicy cookies;
  final FirstWriteTimer<ChannelConnect> firstWriteTimer;
  final ChannelObservations observations = new ChannelObservations();
  final DelayedEnds ends = new DelayedEnds();

  /**
   * Creates what the channels share.
   *
   * @param backend the name of the backend
   * @param firstWrite how long a SYN waits for the first write, before it is sent without data
   */
  DeferredConnects(
      String backend,
      JdkChannels jdk,
      NativeTcp tcp,
      KernelDeferral deferral,
      SynLossDetector outcomes,
      KnownDestinations known,
      KnownDestinations serverFirst,
      CookiePolicy cookies,
      Duration firstWrite) {
    this.backend = backend;
    this.jdk = jdk;
    this.tcp = tcp;
    this.deferral = deferral;
    this.outcomes = outcomes;
    this.known = known;
    this.serverFirst = serverFirst;
    this.cookies = cookies;
    this.firstWriteTimer = new FirstWriteTimer<>(firstWrite, ChannelConnect::isOverdue);
  }

  /** Whether connects to a destination are to be plain. */
  boolean isPlain(InetSocketAddress destination) {
    return cookies.isPlain(destination);
  }

  /** Defers the connect that follows. */
  boolean defer(SocketChannel channel, InetSocketAddress destination) {
    boolean withoutCookie = cookies.isWithoutCookie(destination);
    synchronized (jdk.stateLock(channel)) {
      if (!jdk.isUnconnected(channel)) {
        return false;
      }
      if (withoutCookie) {
        tcp.withoutCookie(jdk.fd(channel));
      }
      return deferral.defer(jdk.fd(channel));
    }
  }

  /**
   * Whether a deferred connect may stay deferred: to a server that was seen to answer, and to let
   * the client speak first.
   */
  boolean mayWait(InetSocketAddress destination, long now) {
    return known.contains(destination, now) && !serverFirst.contains(destination, now);
  }

  /** Sends the SYN without data if it still waits. Waits for other writers, never for a close. */
  void sendSyn(SocketChannel channel) {
    ReentrantLock lock = jdk.writeLock(channel);
    lock.lock();
    try {
      if (channel.isOpen() && !channel.isBlocking()) {
        sendSyn(jdk.fd(channel));
      }
    } finally {
      lock.unlock();
    }
  }

  /** The same with a descriptor that is not closed meanwhile; returns whether it was sent now. */
  boolean sendSyn(int fd) {
    boolean waits = waits(fd);
    if (waits) {
      deferral.sendEmptySyn(fd);
    }
    return waits;
  }

  /** Whether the SYN waits for the first write. */
  boolean waits(int fd) {
    return deferral.stage(fd) == Stage.WAITING;
  }

  /** Whether the SYN of a connect was sent, and the connect has not failed. For its own threads. */
  boolean isUnderWay(SocketChannel channel) {
    ReentrantLock lock = jdk.writeLock(channel);
    lock.lock();
    try {
      Stage stage = stage(channel);
      return stage == Stage.PENDING || stage == Stage.CONNECTED;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits in blocking mode until the SYN is answered, as long as an end of a connection is delayed
   * at most. For threads that may wait; an interrupt does not end it, as it ends no shutdown.
   */
  void awaitAnswer(SocketChannel channel) {
    long start = System.nanoTime();
    boolean interrupted = false;
    while (isPending(channel) && System.nanoTime() - start < DelayedEnds.LONGEST.toNanos()) {
      LockSupport.parkNanos(BETWEEN_CHECKS.toNanos());
      interrupted |= Thread.interrupted();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean isPending(SocketChannel channel) {
    synchronized (jdk.stateLock(channel)) {
      return channel.isOpen() && deferral.stage(jdk.fd(channel)) == Stage.PENDING;
    }
  }

  /** Whether a SYN was answered; the connection may be closed by now. */
  boolean isAnswered(int fd) {
    try {
      return tcp.isAnswered(fd);
    } catch (IOException e) {
      return false;
    }
  }

  /** Returns {@code WAITING}, of which nothing follows, where the system cannot be asked now. */
  Stage stage(SocketChannel channel) {
    try {
      return jdk.withDescriptor(channel, deferral::stage, Stage.WAITING);
    } catch (IOException e) {
      return Stage.FAILED;
    }
  }
}
