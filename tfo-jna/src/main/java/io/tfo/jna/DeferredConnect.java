package io.tfo.jna;

import io.tfo.FastOpenStatistics.PlainReason;
import io.tfo.spi.FastOpenActivity;
import io.tfo.timer.Deadlines;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import org.jspecify.annotations.Nullable;

/**
 * One connect of a channel that the kernel may defer, until it is answered: its stage, its SYN, and
 * what is told of it.
 *
 * @param <S> what its channel shares with others
 */
abstract class DeferredConnect<S extends DeferringConnects<?>>
    implements SynLossDetector.LossQuery,
        DelayedEnds.Ending,
        Deadlines.Waiting<DeferredConnect<?>> {
  /** The stages of the connect. */
  enum Stage {
    NEW,
    /** The JDK waits for the answer, or the connect has failed. */
    PENDING,
    /**
     * The kernel had deferred it, and the SYN is sent. The JDK of an asynchronous channel does not
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
  long sentAt;
  boolean withData;

  /** Whether the SYN was sent without data, since the program had not written so far. */
  boolean isOverdue;

  private long waitsUntil;
  private @Nullable DeferredConnect<?> nextWaiting;

  DeferredConnect(S connects, InetSocketAddress destination, boolean hasOption) {
    this.connects = connects;
    this.destination = destination;
    this.hasOption = hasOption;
  }

  /** The program has not written so far: the server may be the first to speak. */
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
   * @param unwritten why without data, though it had waited for it; else null
   */
  final void sent(Stage next, @Nullable PlainReason unwritten) {
    boolean waited = stage == Stage.WAITING;
    sentAt = connects.outcomes.now();
    stage = next;
    if (unwritten != null) {
      FastOpenActivity.plain(unwritten);
    }
    connects.observations.sent(this, waited, unwritten);
  }

  final DeferringConnects.Sent syn() {
    return new DeferringConnects.Sent(destination, sentAt, hasOption, withData);
  }

  /** Its answer is told, too, if there is one as long as the connection is kept. */
  final void abandoned() {
    connects.abandoned(syn(), new ClosedChannelException(), connects.observations.end(this));
  }

  /** What is told of a connect whose failure the program has not asked for. */
  static ConnectException failedBeforeClose() {
    return new ConnectException("the connect had failed when it was closed");
  }
}
