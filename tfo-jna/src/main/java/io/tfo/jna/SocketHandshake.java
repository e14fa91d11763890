package io.tfo.jna;

import io.tfo.FastOpenOutcome;
import io.tfo.FastOpenStatistics.PlainReason;
import io.tfo.jdk.SocketHook;
import io.tfo.spi.ConnectObservation;
import io.tfo.spi.FastOpenActivity;
import java.io.FileDescriptor;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketImpl;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The handshake of one socket, from a SYN that waits to its answer. One thread sends the SYN, waits
 * for its answer, and reports both to the back-off and the statistics. It is the thread that has
 * the {@link ConnectTurn}.
 */
abstract class SocketHandshake extends SocketHook implements SynLossDetector.LossQuery {
  static final byte[] NOTHING = {};

  /** The stages of the connect. */
  enum Stage {
    /** The JDK decides alone: not connected yet, connected plainly, or answered. */
    ORDINARY,
    /** The SYN waits for the first write. */
    WAITING,
    /** The SYN is sent. Its answer has not been seen yet. */
    SENT
  }

  final SocketImpl nio;
  final DeferringSockets sockets;

  volatile Stage stage = Stage.ORDINARY;

  /** A thread that waits for another one to send the SYN. */
  volatile @Nullable Thread reader;

  /** The turn of the thread that sends the SYN or waits for its answer. For {@link ConnectTurn}. */
  volatile @Nullable CountDownLatch turn;

  @Nullable InetSocketAddress destination;
  int timeoutMillis;

  /** When the SYN was sent; while it waits, when the connect began. */
  long sentAt;

  /**
   * Whether the program has bound the socket. It may bind another socket to the same address after
   * a close.
   */
  boolean isBound;

  /**
   * Whether {@code connect} waits for the handshake. A close ends that wait at once, as the JDK's
   * does.
   */
  volatile boolean isInConnect;

  /** The reason why no SYN can be sent; the first use throws it. Written in a {@link #turn}. */
  private @Nullable IOException sendFailure;

  SocketHandshake(SocketImpl nio, DeferringSockets sockets) {
    this.nio = nio;
    this.sockets = sockets;
  }

  /** Whether the SYN waits for the first write. */
  final boolean isWaiting() {
    return stage == Stage.WAITING;
  }

  /** The first use of the connection ends the connect. */
  final void begin(InetSocketAddress remote, int millis, long start, Stage now) {
    destination = remote;
    timeoutMillis = millis;
    sentAt = start;
    stage = now;
  }

  /** Takes the turn to connect, unless the connect is done, or another thread has the turn. */
  final boolean tryBegin() {
    if (stage == Stage.ORDINARY || !ConnectTurn.tryTake(this)) {
      return false;
    }
    if (stage == Stage.ORDINARY) { // connected since
      ConnectTurn.end(this);
      return false;
    }
    return true;
  }

  /** Sends the SYN without data if it still waits; the first use waits for the handshake. */
  final boolean sendEmpty() {
    if (!tryBegin()) {
      return false;
    }
    try {
      long now = sockets.now();
      boolean sends =
          stage == Stage.WAITING
              && sendFailure == null
              && sockets.deferral.sendEmpty(nio, Objects.requireNonNull(destination));
      if (sends) {
        sent(now);
        FastOpenActivity.plain(PlainReason.NO_FIRST_WRITE);
      }
      return sends;
    } catch (IOException e) {
      sendFailure = e;
      return false;
    } finally {
      ConnectTurn.end(this);
    }
  }

  /**
   * The SYN is sent, or is going to be.
   *
   * @param now the time before it is sent: a loss is recognised by the time that the answer takes
   */
  private void sent(long now) {
    sentAt = now;
    become(Stage.SENT);
  }

  private void become(Stage next) {
    stage = next;
    LockSupport.unpark(reader);
  }

  /** Connects as {@link #sendAndAwait} does, with an observation. */
  final int finishConnect(byte[] bytes, int offset, int length, long most, boolean isInterruptible)
      throws IOException {
    ConnectObservation observed = isInConnect ? null : sockets.observe();
    if (observed != null && stage == Stage.SENT) {
      observed.plain(PlainReason.NO_FIRST_WRITE);
    }
    try {
      int taken = sendAndAwait(bytes, offset, length, most, isInterruptible);
      end(observed, destination, taken, null);
      return taken;
    } catch (IOException e) {
      end(observed, destination, length > 0 ? -1 : 0, e);
      throw e;
    }
  }

  /**
   * Sends the SYN if it still waits, and waits for the handshake as the JDK does in {@code
   * connect}. For the one thread that connects. If the connect fails, the socket is closed.
   *
   * @param most how long to wait from the SYN on, in milliseconds; 0 without a limit
   * @param isInterruptible whether an interrupt of a virtual thread ends it; else it is kept
   * @return how many bytes the SYN took
   */
  private int sendAndAwait(byte[] bytes, int offset, int length, long most, boolean isInterruptible)
      throws IOException {
    InetSocketAddress remote = Objects.requireNonNull(destination);
    FileDescriptor file = sockets.jdk.beginWrite(nio);
    boolean connected = false;
    boolean isPlain = false;
    int taken = 0;
    boolean sends = stage == Stage.WAITING;
    boolean withData = sends && length > 0; // after a failure it is not known
    try {
      taken = sends ? sendSyn(file, remote, bytes, offset, length, most) : 0;
      withData = taken > 0;
      isPlain = taken != NativeTcp.NOT_SENT && sockets.wasSentPlainly(nio);
      if (sends) {
        sockets.count(isPlain, taken, length, isInConnect);
      }
      connected = awaitConnected(file, most, taken != NativeTcp.NOT_SENT, isInterruptible);
      if (!connected) {
        abandoned(remote, withData, isPlain);
      } else if (taken == NativeTcp.NOT_SENT) {
        sockets.refused(remote);
      } else if (isPlain) {
        sockets.answeredPlainly(remote, sentAt);
      } else {
        sockets.answered(remote, sentAt, withData, this);
      }
      return Math.max(0, taken);
    } catch (IOException e) {
      if (!sockets.jdk.isOpen(nio)) {
        abandoned(remote, withData, isPlain);
        throw e;
      }
      if (isPlain) {
        sockets.failedPlainly(remote, sentAt, e);
      } else {
        sockets.failed(remote, sentAt, withData, e);
      }
      throw e instanceof InterruptedIOException ? e : sockets.jdk.withAddress(e, remote);
    } finally {
      try {
        // First: the JDK knows one thread that writes, for a close to wake.
        sockets.jdk.endWrite(nio, connected);
      } finally {
        closeUnless(connected);
      }
    }
  }

  /**
   * Closes the socket if the connect failed: a read by another thread would report the end of the
   * stream.
   */
  private void closeUnless(boolean connected) throws IOException {
    try {
      if (!connected) {
        sockets.jdk.close(nio);
      }
    } finally {
      become(Stage.ORDINARY);
    }
  }

  private void abandoned(InetSocketAddress remote, boolean withData, boolean isPlain) {
    if (isPlain) {
      sockets.failedPlainly(remote, sentAt, new ClosedChannelException());
    } else {
      sockets.abandoned(remote, sentAt, withData);
    }
  }

  private int sendSyn(
      FileDescriptor file,
      InetSocketAddress remote,
      byte[] bytes,
      int offset,
      int length,
      long most)
      throws IOException {
    if (sendFailure != null) {
      throw sendFailure;
    }
    sent(sockets.now());
    return sockets.deferral.send(nio, file, remote, bytes, offset, length, most);
  }

  /** Waits for the handshake. An interrupt that may not end the wait is kept until its end. */
  private boolean awaitConnected(
      FileDescriptor file, long mostMillis, boolean hasOption, boolean isInterruptible)
      throws IOException {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return awaitConnected(file, mostMillis, hasOption);
        } catch (InterruptedIOException e) {
          if (isInterruptible || !Thread.interrupted()) {
            throw e;
          }
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /**
   * Waits for the handshake. Asks the JDK, which consumes the socket's error, only if the SYN was
   * not answered: a server may answer the data in the SYN and reset the connection at once.
   *
   * @param hasOption whether the SYN has the TFO option
   */
  private boolean awaitConnected(FileDescriptor file, long mostMillis, boolean hasOption)
      throws IOException {
    long most = TimeUnit.MILLISECONDS.toNanos(mostMillis);
    boolean polls = hasOption && sockets.isAnsweredWhenWritable;
    boolean answered = polls ? sockets.jdk.isWritable(file) : sockets.isAnswered(nio);
    while (!answered && sockets.jdk.isOpen(nio)) {
      long left = most == 0 ? 0 : most - (sockets.now() - sentAt);
      boolean isOver = most != 0 && left <= 0;
      boolean isWritable = !isOver && sockets.jdk.awaitWritable(nio, file, left);
      answered =
          (polls && isWritable) || sockets.isAnswered(nio) || sockets.jdk.pollConnectNow(file);
      if (!answered && isOver && sockets.jdk.isOpen(nio)) {
        throw new SocketTimeoutException("Connect timed out");
      }
    }
    return answered && sockets.jdk.isOpen(nio);
  }

  final void end(
      @Nullable ConnectObservation observed,
      @Nullable SocketAddress remote,
      int synData,
      @Nullable IOException failure) {
    if (observed != null && remote instanceof InetSocketAddress inet) {
      observed.end(inet, synData, this::outcome, failure);
    }
  }

  @Override
  public final NativeTcp.FirstSyn firstSyn() throws IOException {
    return sockets.firstSyn(nio);
  }

  @Override
  public final FastOpenOutcome outcome() throws IOException {
    return sockets.outcome(nio);
  }
}
