package io.tfo.jna;

import io.tfo.jna.SocketHandshake.Stage;
import io.tfo.timer.DaemonTimer;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Closes sockets whose handshake is not over. The JDK's close shuts the output down: before the
 * handshake ends, that loses the data of the SYN, and the server sees no connection.
 *
 * <p>A thread of the library waits for the handshake, not the program's thread. The program's
 * thread holds the locks of its {@code Socket}: other threads would wait for them, and a virtual
 * thread would be pinned. If the program has bound the socket, the close itself waits: afterwards
 * the port is free, as after the JDK's close.
 */
final class SocketCloses {
  /** How long a close waits for the handshake. */
  private static final Duration LONGEST = Duration.ofSeconds(1);

  /** The maximum number of threads that wait to close. Beyond it, a close itself waits. */
  private static final int MOST_THREADS = 128;

  private static final AtomicInteger THREADS = new AtomicInteger();

  /** An orderly shutdown of the JVM waits for these closes. */
  private static final DelayedEnds UNTIL_EXIT = new DelayedEnds();

  private SocketCloses() {}

  /**
   * Closes a socket, now or when its handshake is over. The server must see a connection even if
   * the socket is closed unused, as with the JDK's socket: so the SYN is sent here, if it still
   * waits.
   */
  static void close(SocketHandshake socket) throws IOException {
    socket.sendEmpty();
    if (socket.isBound || endsHere(socket) || !isLeftToAnother(socket)) {
      closeAfterHandshake(socket);
    }
  }

  /**
   * Whether the thread that closes ends the handshake itself: the answer has come, as on loopback;
   * or the system has not sent the SYN, since TCP Fast Open was switched off after {@code connect}.
   */
  private static boolean endsHere(SocketHandshake socket) {
    try {
      return socket.turn == null
          && (socket.isWaiting()
              || (socket.stage == Stage.SENT && socket.sockets.jdk.hasEvent(socket.nio)));
    } catch (IOException e) {
      return false;
    }
  }

  /** Lets another thread close. Returns false if too many do so already, or none can be created. */
  private static boolean isLeftToAnother(SocketHandshake socket) {
    boolean isStarted = false;
    try {
      if (THREADS.incrementAndGet() <= MOST_THREADS) {
        DaemonTimer.start(() -> closeForAnother(socket));
        isStarted = true;
        UNTIL_EXIT.add(
            (end, isGivenUp) -> isGivenUp || !socket.sockets.jdk.isOpen(socket.nio), "close");
      }
    } catch (OutOfMemoryError e) { // no thread can be created
      return false;
    } finally {
      if (!isStarted) {
        THREADS.decrementAndGet();
      }
    }
    return isStarted;
  }

  private static void closeForAnother(SocketHandshake socket) {
    try {
      closeAfterHandshake(socket);
    } catch (IOException e) {
      // The program has nothing to do with this socket any more.
    } finally {
      THREADS.decrementAndGet();
    }
  }

  private static void closeAfterHandshake(SocketHandshake socket) throws IOException {
    awaitHandshake(socket);
    socket.sockets.jdk.close(socket.nio);
  }

  /**
   * Ends the handshake, or waits for the thread that does, and for the writers that wait for the
   * handshake.
   */
  private static void awaitHandshake(SocketHandshake socket) {
    DeferringSockets sockets = socket.sockets;
    long since = socket.stage == Stage.SENT ? socket.sentAt : sockets.now();
    uninterruptibly(
        () -> {
          while (socket.stage != Stage.ORDINARY
              && !tryConnect(socket)
              && left(sockets, since) > 0) {
            ConnectTurn.awaitEnd(socket, left(sockets, since));
          }
          awaitWriters(socket, since);
        });
  }

  /**
   * Waits for the writers that have waited for the handshake, which is over. On the JDK's socket
   * they would have written before. A writer whose data do not fit into the system's buffer waits
   * for the server, so this wait has a limit.
   */
  static void awaitWriters(SocketHandshake socket) {
    long since = socket.sockets.now();
    uninterruptibly(() -> awaitWriters(socket, since));
  }

  private static void awaitWriters(SocketHandshake socket, long since) throws InterruptedException {
    DeferringSockets sockets = socket.sockets;
    ReentrantLock writing = sockets.jdk.writeLock(socket.nio);
    while (sockets.jdk.isOpen(socket.nio)
        && writing.tryLock(left(sockets, since), TimeUnit.NANOSECONDS)) {
      writing.unlock();
      // The lock is not fair. In this order: a writer takes the lock, and then leaves the queue.
      boolean isWaiting = writing.hasQueuedThreads() || writing.isLocked();
      if (!isWaiting || left(sockets, since) <= 0) {
        return;
      }
      LockSupport.parkNanos(LONGEST.toNanos() / 10_000);
    }
  }

  private interface Wait {
    void await() throws InterruptedException;
  }

  /** Waits again after an interrupt, and then interrupts the thread as it was. */
  private static void uninterruptibly(Wait wait) {
    boolean interrupted = false;
    boolean waits = true;
    while (waits) {
      try {
        wait.await();
        waits = false;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Connects unless another thread does; then returns false. */
  private static boolean tryConnect(SocketHandshake socket) {
    if (!socket.tryBegin()) {
      return false;
    }
    try {
      socket.finishConnect(
          SocketHandshake.NOTHING, 0, 0, LONGEST.toMillis(), /* isInterruptible= */ false);
    } catch (IOException e) {
      // The socket is closed next. The program has nothing to do with this connection any more.
    } finally {
      ConnectTurn.end(socket);
    }
    return true;
  }

  private static long left(DeferringSockets sockets, long since) {
    return LONGEST.toNanos() - (sockets.now() - since);
  }
}
