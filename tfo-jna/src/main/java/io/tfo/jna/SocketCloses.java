package io.tfo.jna;

import io.tfo.jna.SocketHandshake.Stage;
import io.tfo.timer.DaemonTimer;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Closes sockets whose handshake is not over. The JDK's close shuts the output down: before the
 * handshake ends, that loses the data of the SYN, and the server sees no connection.
 *
 * <p>A thread of the library waits for the handshake, not that of the program: that one holds the
 * locks of its {@code Socket}, for which others would wait, and to which a virtual thread would be
 * pinned. A close of a socket that the program has bound waits itself: afterwards its port is free,
 * as behind the JDK's close.
 */
final class SocketCloses {
  /** How long a close waits for the handshake. */
  private static final Duration LONGEST = Duration.ofSeconds(1);

  /** The most threads that wait to close. With more, a close waits itself. */
  private static final int MOST_THREADS = 128;

  private static final AtomicInteger THREADS = new AtomicInteger();

  /** The JVM's ordinary end waits for these closes. */
  private static final DelayedEnds UNTIL_EXIT = new DelayedEnds();

  private SocketCloses() {}

  /**
   * Closes a socket, now or when its handshake is over. A socket that is closed unused has been
   * connected for its server, as the JDK's has: so the SYN is sent here, if it still waits.
   */
  static void close(SocketHandshake socket) throws IOException {
    socket.sendEmpty();
    if (socket.isBound || endsHere(socket) || !isLeftToAnother(socket)) {
      closeAfterHandshake(socket);
    }
  }

  /**
   * Whether the thread that closes is to end the handshake: the answer is there, as on loopback; or
   * the system has not sent the SYN, since TCP Fast Open was switched off after {@code connect}.
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

  /** Returns false if there are too many threads that close, or there can be no more. */
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
   * Ends the handshake, or waits for the thread that does, and for a writer that waits for it.
   * Interrupts do not end this.
   */
  private static void awaitHandshake(SocketHandshake socket) {
    DeferringSockets sockets = socket.sockets;
    long since = socket.stage == Stage.SENT ? socket.sentAt : sockets.now();
    boolean interrupted = false;
    boolean waits = true;
    while (waits) {
      try {
        while (socket.stage != Stage.ORDINARY && !tryConnect(socket) && left(sockets, since) > 0) {
          ConnectTurn.awaitEnd(socket, left(sockets, since));
        }
        ReentrantLock writing = sockets.jdk.writeLock(socket.nio);
        if (sockets.jdk.isOpen(socket.nio)
            && writing.tryLock(left(sockets, since), TimeUnit.NANOSECONDS)) {
          writing.unlock();
        }
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
