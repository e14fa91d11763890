package io.tfo.jna;

import io.tfo.FastOpenOutcome;
import io.tfo.FastOpenStatistics.PlainReason;
import io.tfo.jdk.JdkDescriptors;
import io.tfo.spi.FastOpenActivity;
import io.tfo.timer.Deadlines;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One connect of a channel that the kernel may defer, until the SYN is answered: its stage, its
 * SYN, and the reports about it.
 *
 * @param <S> the state that its channel shares with others
 */
abstract class DeferredConnect<S extends DeferringConnects<?>>
    implements SynLossDetector.LossQuery,
        DelayedEnds.Ending,
        Deadlines.Waiting<DeferredConnect<?>> {
  /** The end that {@link #tryCloseKept} tries. */
  static final String CLOSE_KEPT = "close kept";

  private static final int NO_DESCRIPTOR = -1;

  /** The stages of the connect. */
  enum Stage {
    NEW,
    /** The JDK waits for the answer, or the connect has failed. */
    PENDING,
    /**
     * The kernel had deferred it, and the SYN is sent. Of an asynchronous channel: the JDK does not
     * wait for the answer yet.
     */
    HELD,
    /** The SYN waits for the first write. */
    WAITING,
    /** The SYN is sent, and not answered so far. For the program the connect is finished. */
    SENT,
    /** It is answered, or has failed. */
    OVER
  }

  final S connects;
  final InetSocketAddress destination;

  /** Whether the SYN has the TFO option. */
  boolean hasOption;

  volatile Stage stage = Stage.NEW;

  /**
   * The time right before the SYN was sent. A loss is recognised by the time that the answer takes,
   * and a thread may be delayed after the send.
   */
  long sentAt;

  boolean withData;

  /** Whether the SYN was sent without data, since the program had not written so far. */
  boolean isOverdue;

  /** Whether the program has begun to write something. */
  volatile boolean hasWritten;

  /** Whether the system has refused to send the SYN, and no plain connect was made in its place. */
  volatile boolean isRefused;

  /** The failure of the plain connect that was made in its place. */
  volatile @Nullable IOException failure;

  /** Keeps the connection of a channel that the JDK has closed before the answer. */
  private int kept = NO_DESCRIPTOR;

  private long waitsUntil;
  private @Nullable DeferredConnect<?> nextWaiting;

  DeferredConnect(S connects, InetSocketAddress destination, boolean hasOption) {
    this.connects = connects;
    this.destination = destination;
    this.hasOption = hasOption;
    this.sentAt = connects.outcomes.now();
  }

  /**
   * Sends the SYN although the program has not written yet: the server may be the first to send.
   */
  abstract void sendOverdue();

  /** Returns false if the SYN is to be sent now, since no timer can send it later. */
  final boolean isWatched() {
    waitsUntil = System.nanoTime() + connects.firstWrite.toNanos();
    return connects.firstWrites.add(this);
  }

  @Override
  public final long deadline() {
    return waitsUntil;
  }

  @Override
  public final boolean waitsNoLonger() {
    return stage != Stage.WAITING;
  }

  @Override
  public final @Nullable DeferredConnect<?> next() {
    return nextWaiting;
  }

  @Override
  public final void setNext(@Nullable DeferredConnect<?> next) {
    nextWaiting = next;
  }

  /**
   * The SYN is sent.
   *
   * @param unwritten the reason, if the SYN had waited and has no data; else null
   */
  final void sent(Stage next, @Nullable PlainReason unwritten) {
    boolean waited = stage == Stage.WAITING;
    stage = next;
    if (unwritten != null) {
      FastOpenActivity.plain(unwritten);
    }
    connects.observations.sent(this, waited, unwritten);
  }

  /** Makes a plain connect in place of the deferred one. */
  interface Anew {
    /**
     * Begins it, without waiting.
     *
     * @return false where the socket cannot be replaced
     * @throws IOException if the connect fails
     */
    boolean begin() throws IOException;
  }

  /**
   * The system refuses to send the SYN, and defers each connect of this socket. So the connect is
   * made on another socket. If there is none, the connect ends, and its reader or writer gets an
   * error.
   *
   * @param end ends it, by {@link KernelDeferral#end}
   */
  final void connectAnew(Anew anew, Runnable end) {
    hasOption = false; // first: the answer may be read at once
    try {
      isRefused = !anew.begin();
    } catch (IOException e) {
      isRefused = false;
      failure = e;
    }
    if (isRefused) {
      hasOption = true;
      end.run();
    }
  }

  /** Remembers a server that has sent something before the program wrote. */
  final void learnWhoSpeaksFirst() {
    if (isOverdue && !hasWritten) {
      connects.serverFirst.add(destination, connects.outcomes.now());
    }
  }

  final DeferringConnects.Sent syn() {
    return new DeferringConnects.Sent(destination, sentAt, hasOption, withData);
  }

  /**
   * The channel was closed. An answer that comes while the connection is kept is reported later.
   */
  final void abandoned() {
    connects.abandoned(syn(), new ClosedChannelException(), connects.observations.end(this));
  }

  /** The SYN was answered. Called once. */
  abstract void answered(SynLossDetector.LossQuery query);

  /** Whether a connection was reset. A reset in answer to the SYN is reported as "refused". */
  final boolean wasReset(IOException e) {
    return !isRefused && String.valueOf(e.getMessage()).contains("reset");
  }

  /** The connect has failed. Called once. */
  abstract void notAnswered(IOException e);

  /**
   * Whether the SYN is not answered yet; else reports its result.
   *
   * @param fd a descriptor that no other thread closes
   */
  final boolean isPending(int fd) {
    return isPending(connects.deferral.stage(fd), query(fd), () -> connects.isAnswered(fd));
  }

  final boolean isPending(
      KernelDeferral.Stage now, SynLossDetector.LossQuery query, BooleanSupplier wasAnswered) {
    boolean isPending = now != KernelDeferral.Stage.CONNECTED && now != KernelDeferral.Stage.FAILED;
    if (now == KernelDeferral.Stage.CONNECTED || (!isPending && wasAnswered.getAsBoolean())) {
      answered(query);
    } else if (!isPending) {
      notAnswered(failedBeforeClose());
    }
    return isPending;
  }

  /** The query for a descriptor that no other thread closes. */
  final SynLossDetector.LossQuery query(int fd) {
    return new SynLossDetector.LossQuery() {
      @Override
      public NativeTcp.FirstSyn firstSyn() throws IOException {
        return connects.tcp.firstSyn(fd);
      }

      @Override
      public FastOpenOutcome outcome() throws IOException {
        return connects.tcp.connectOutcome(fd);
      }
    };
  }

  /**
   * Keeps the connection of a channel that the JDK closes next. If a connection is closed before
   * its SYN is answered, the kernel discards it with the data that was written. So a duplicate of
   * the descriptor stays open until the answer. If the process can open no more descriptors, this
   * thread waits for the answer.
   */
  final void keep(int fd) {
    if (tryKeep(fd)) {
      connects.ends.add(this, CLOSE_KEPT);
    } else {
      DelayedEnds.awaitNow(() -> isPending(fd));
      connects.deferral.prepareClose(fd);
      stage = Stage.OVER;
    }
  }

  private synchronized boolean tryKeep(int fd) {
    try {
      kept = duplicate(fd);
      return true;
    } catch (IOException | LinkageError e) { // no descriptor is free, or this JDK has no such call
      return false;
    }
  }

  /**
   * Prepares the close that is next. It then ends the connection as a close before the answer would
   * have: it sends the written data and the end, whatever the server has sent since, and returns at
   * once.
   */
  final void prepareClose(int fd) {
    connects.deferral.prepareClose(fd);
    connects.deferral.stopLingering(fd);
  }

  /** Duplicates the channel's descriptor. */
  int duplicate(int fd) throws IOException {
    return JdkDescriptors.duplicate(fd);
  }

  /** As {@link DelayedEnds.Ending#tryEnd}, for a connection that is {@linkplain #keep kept}. */
  final synchronized boolean tryCloseKept(boolean isGivenUp) {
    int fd = kept;
    if (fd != NO_DESCRIPTOR) {
      if (isPending(fd) && !isGivenUp) {
        return false;
      }
      kept = NO_DESCRIPTOR;
      stage = Stage.OVER;
      try {
        prepareClose(fd);
      } finally { // also where it has no memory left
        closeDuplicate(fd);
      }
    }
    return true;
  }

  private static void closeDuplicate(int fd) {
    try {
      JdkDescriptors.close(fd);
    } catch (IOException e) {
      // It is closed all the same.
    }
  }

  /**
   * Throws a checked exception that the caller does not declare, but the JDK's method that calls it
   * does.
   */
  @SuppressWarnings("unchecked") // the caller's T need not be the exception's class
  static <T extends Throwable> void throwUndeclared(Throwable e) throws T {
    throw (T) e;
  }

  /** The exception that is reported for a connect whose failure the program has not read. */
  static ConnectException failedBeforeClose() {
    return new ConnectException("the connect had already failed before the close");
  }
}
