package io.tfo.jna;

import io.tfo.FastOpenOutcome;
import io.tfo.FastOpenStatistics.PlainReason;
import io.tfo.jdk.JdkAsynchronousChannels;
import io.tfo.jdk.JdkAsynchronousChannels.Shutdown;
import io.tfo.jdk.JdkSockets;
import io.tfo.spi.FastOpenActivity;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.InterruptedByTimeoutException;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * The library's part of one connect of an asynchronous channel, until the SYN is answered.
 *
 * <p>While the SYN waits, the JDK treats the channel as connected. This class sends the SYN with
 * the first write. The JDK's {@code write} does not: it would fail if the cookie has gone
 * (EINPROGRESS). From then on the JDK waits for the answer as it waits for room in a full socket.
 *
 * <p>The monitor guards the stages, and is held during calls that do not wait. It is always taken
 * before the JDK's lock of an open channel: that lock admits no reader while a close waits for it.
 */
final class AsynchronousConnect extends DeferredConnect<AsynchronousConnects> {
  /** The operation that the program waits for. */
  enum Use {
    CONNECT,
    READ,
    WRITE
  }

  private final JdkAsynchronousChannels jdk;
  private final AsynchronousSocketChannel channel;
  private final @Nullable InetSocketAddress localBefore;
  private final boolean mayWait;

  /**
   * Whether reads report the end of the stream because of {@link #delay}, and not because the
   * server has ended it.
   */
  private volatile boolean inputIsShut;

  /** Whether a shutdown of the output was delayed. Guarded by this object's monitor. */
  private boolean outputEnds;

  /**
   * Begins a connect.
   *
   * @param hasOption whether the kernel defers it where it has a cookie
   * @param mayWait whether the SYN may then wait for the first write
   */
  AsynchronousConnect(
      AsynchronousConnects connects,
      AsynchronousSocketChannel channel,
      InetSocketAddress destination,
      boolean hasOption,
      boolean mayWait) {
    super(connects, destination, hasOption);
    this.jdk = connects.jdk;
    this.channel = channel;
    this.mayWait = mayWait;
    this.localBefore = jdk.localAddress(channel);
  }

  boolean hasOption() {
    return hasOption;
  }

  /**
   * Whether {@code connect} is not decided: the JDK's channel may be connected, but the program's
   * is not.
   */
  boolean isUndecided() {
    return stage == Stage.NEW || stage == Stage.HELD;
  }

  /** Whether the rest of the connection is left to the JDK. */
  boolean isOver() {
    return stage == Stage.OVER;
  }

  /**
   * The JDK's connect has begun. Two threads call this: the one that connects and the one that
   * completes the connect. The first call decides the next stage.
   */
  synchronized Stage begun() {
    if (stage != Stage.NEW) {
      return stage;
    }
    if (!hasOption || !jdk.isConnected(channel) || !ask(connects.deferral::isDeferred, false)) {
      stage = Stage.PENDING;
      if (hasOption) {
        FastOpenActivity.attempted(false);
      }
    } else if (mayWait && connects.mayWait(destination, connects.outcomes.now())) {
      stage = Stage.WAITING;
      if (!isWatched()) {
        sendEmpty();
      }
    } else {
      boolean unused = sendSyn();
      sent(Stage.HELD, PlainReason.UNKNOWN_DESTINATION);
    }
    return stage;
  }

  /**
   * Makes the JDK wait for the answer to a SYN that was {@linkplain Stage#HELD held}. The stage
   * changes after the JDK's state: other threads then find the channel unconnected throughout. The
   * monitor makes the handler of the answer wait for both.
   *
   * @param handler what the JDK calls then; null for a future
   * @return the future, where there is no handler
   */
  synchronized <A> Future<Void> awaitAnswer(
      @Nullable A attachment, @Nullable CompletionHandler<Void, ? super A> handler)
      throws IOException {
    try {
      return jdk.pendAgain(channel, localBefore, attachment, handler);
    } finally {
      if (stage == Stage.HELD) { // else the channel was closed meanwhile
        stage = Stage.PENDING;
      }
    }
  }

  /**
   * Sends the SYN as {@link DeferringConnects#sendSyn} does; if the system refuses, connects
   * plainly instead. Called with the monitor held.
   */
  private boolean sendSyn() {
    boolean hasWaited = ask(fd -> connects.sendSyn(this, fd), false);
    if (hasWaited && isRefused) {
      connectAnew(false);
    }
    return hasWaited;
  }

  private void connectAnew(boolean isClosing) {
    connectAnew(
        () -> jdk.connectAnew(channel, destination, localBefore, isClosing),
        () -> {
          boolean unused = ask(this::end, false);
        });
    boolean unused = ask(this::awaitEvents, false); // last: a waiting thread then reads the failure
  }

  private boolean end(int fd) {
    connects.deferral.end(fd);
    return true;
  }

  private boolean awaitEvents(int unused) {
    jdk.awaitEvents(channel);
    return true;
  }

  @Override
  void sendOverdue() {
    isOverdue = true; // first: the answer may be read at once
    isOverdue = sendEmpty();
  }

  /** Sends the SYN without data if it still waits; returns whether it was sent now. */
  private synchronized boolean sendEmpty() {
    boolean sends = stage == Stage.WAITING && sendSyn();
    if (sends) {
      sent(Stage.SENT, PlainReason.NO_FIRST_WRITE);
    }
    return sends;
  }

  /**
   * Sends the SYN with data if it still waits, and moves the positions behind what was sent.
   *
   * @param write receives the result; without one, the JDK writes
   */
  void firstWrite(FirstWrite write, ByteBuffer... sources) {
    if (CallBuffers.hasRemaining(sources)) {
      hasWritten = true;
    }
    if (stage == Stage.PENDING && jdk.isConnected(channel)) {
      answered(this); // its future is complete, but the program has not read it
    }
    if (stage == Stage.WAITING) {
      if (CallBuffers.isRepeated(sources)) {
        boolean unused = sendEmpty();
      } else {
        sendFirst(write, sources);
      }
    }
  }

  private synchronized void sendFirst(FirstWrite write, ByteBuffer[] sources) {
    CallBuffers buffers = CallBuffers.borrow();
    try {
      if (stage == Stage.WAITING && jdk.beginWrite(channel)) {
        try {
          sendFirst(write, buffers, sources);
        } finally { // also where memory is short
          if (!write.hasRest) {
            jdk.endWrite(channel);
          }
        }
      }
    } finally {
      buffers.giveBack();
    }
  }

  private void sendFirst(FirstWrite write, CallBuffers buffers, ByteBuffer[] sources) {
    try {
      int length = buffers.copy(sources);
      write.isEmpty = length == 0;
      if (length > 0) {
        sentAt = connects.outcomes.now();
        write.sent = sendFirst(buffers);
        CallBuffers.skip(sources, write.sent);
        write.hasRest = write.sent > 0 && CallBuffers.hasRemaining(sources);
      }
    } catch (IOException e) {
      hasOption = false;
      write.failure = e;
      stage = Stage.OVER;
      connects.failed(syn(), e, connects.observations.end(this));
    } catch (RuntimeException e) {
      write.failure = e; // such as of a buffer that is in use, or whose memory is gone
    }
  }

  private int sendFirst(CallBuffers buffers) throws IOException {
    try {
      return jdk.withDescriptor(channel, fd -> sendFirst(fd, buffers), /* otherwise */ 0);
    } catch (IOException refused) {
      connectAnew(false);
      if (isRefused) {
        throw refused;
      }
      IOException failed = failure;
      if (failed != null) {
        throw failed;
      }
      sent(Stage.SENT, PlainReason.OFF);
      return 0;
    }
  }

  private int sendFirst(int fd, CallBuffers buffers) throws IOException {
    int taken = buffers.send(connects.deferral, fd);
    if (taken == NativeTcp.NOT_SENT) {
      hasOption = false;
      jdk.connect(channel, destination);
      sent(Stage.SENT, PlainReason.OFF);
      return 0;
    }
    withData = taken > 0;
    FastOpenActivity.attempted(withData);
    sent(Stage.SENT, null);
    return taken;
  }

  /**
   * The JDK has completed the operation that the program waits for.
   *
   * @param bytes how many were read or written; -1 for the end
   */
  void completed(Use use, long bytes) {
    switch (use) {
      case CONNECT -> {
        if (begun() == Stage.PENDING) {
          answered(this);
        }
      }
      case READ -> {
        if (bytes > 0 || (bytes < 0 && !inputIsShut)) {
          if (bytes > 0) {
            learnWhoSpeaksFirst();
          }
          answered(this);
        }
      }
      case WRITE -> {
        if (bytes > 0) {
          answered(this);
        }
      }
    }
  }

  /** The operation that the program waits for has failed. Returns the exception for the program. */
  @Nullable Throwable failed(@Nullable Throwable jdkFailure) {
    if (!(jdkFailure instanceof IOException e)
        || e.getCause() instanceof RuntimeException // of the program's buffer, thrown by a future
        || e instanceof ClosedChannelException
        || e instanceof InterruptedByTimeoutException) {
      return jdkFailure; // nothing is learned, or the close has reported it
    }
    // The socket does not report the failure of the plain connect.
    IOException told = failure == null ? e : failure;
    if (wasReset(told)) {
      answered(this);
    } else {
      notAnswered(told);
    }
    return told;
  }

  private synchronized boolean toOver() {
    boolean isFirst = stage != Stage.OVER;
    stage = Stage.OVER;
    if (!outputEnds) {
      jdk.observeClose(channel, null);
    }
    return isFirst;
  }

  /** The shutdown of the output is delayed. A close carries it out if the timer has not done so. */
  private synchronized void outputEnds() {
    outputEnds = true;
    jdk.observeClose(channel, this::closing);
  }

  @Override
  void answered(SynLossDetector.LossQuery query) {
    synchronized (this) { // held until it is learned: another thread may read the answer, and close
      if (stage == Stage.OVER) {
        return;
      }
      connects.learnAnswer(syn(), query);
      boolean unused = toOver();
    }
    DeferringConnects.endAnswered(syn(), query, connects.observations.end(this));
  }

  @Override
  void notAnswered(IOException e) {
    if (toOver()) {
      connects.failed(syn(), e, connects.observations.end(this));
    }
  }

  @Override
  public NativeTcp.FirstSyn firstSyn() throws IOException {
    return jdk.withDescriptor(channel, connects.tcp::firstSyn, NativeTcp.FirstSyn.UNKNOWN);
  }

  @Override
  public FastOpenOutcome outcome() throws IOException {
    return jdk.withDescriptor(channel, connects.tcp::connectOutcome, FastOpenOutcome.UNKNOWN);
  }

  /** Asks the system. The questions passed here throw nothing. */
  private <T> T ask(JdkSockets.OnDescriptor<T> question, T otherwise) {
    try {
      return jdk.withDescriptor(channel, question, otherwise);
    } catch (IOException e) {
      return otherwise;
    }
  }

  /**
   * The channel is being closed.
   *
   * @param fd the descriptor, which is closed next
   */
  void closing(int fd) {
    if (isToBeKept(fd)) {
      keep(fd); // not with the monitor: it may end an older connection, or wait
    }
  }

  private synchronized boolean isToBeKept(int fd) {
    if (stage == Stage.WAITING && connects.sendSyn(this, fd)) {
      if (isRefused) {
        connectAnew(true);
      }
      sent(Stage.SENT, PlainReason.NO_FIRST_WRITE);
    }
    switch (stage) {
      case SENT -> {
        if (isPending(fd)) {
          abandoned();
          return true;
        }
      }
      case NEW, PENDING, HELD -> closingUnfinished(fd);
      case WAITING, OVER -> {}
    }
    if (outputEnds) {
      connects.deferral.prepareClose(fd);
    }
    return false;
  }

  /** The program has not been told that the connect is finished. */
  private void closingUnfinished(int fd) {
    switch (connects.deferral.stage(fd)) {
      case WAITING -> {
        if (toOver()) { // no SYN was sent
          var unused = connects.observations.end(this);
        }
      }
      case PENDING -> {
        if (toOver()) {
          abandoned();
        }
      }
      case CONNECTED -> answered(query(fd));
      case FAILED -> {
        if (jdk.isConnectPending(channel)) { // else the JDK closes it, and throws the reason
          notAnswered(failedBeforeClose());
        }
      }
    }
  }

  @Override
  int duplicate(int fd) throws IOException {
    jdk.unregister(channel, fd);
    return super.duplicate(fd);
  }

  /** Whether the SYN is not answered yet; else records its result. */
  private boolean isPending() {
    KernelDeferral.Stage now = ask(connects.deferral::stage, KernelDeferral.Stage.WAITING);
    if (now == KernelDeferral.Stage.WAITING) {
      return false; // closed meanwhile
    }
    return isPending(now, this, () -> ask(connects.tcp::isAnswered, false));
  }

  /** Delays a shutdown if it would discard data now. */
  boolean delay(Shutdown which) {
    boolean unused = sendEmpty();
    if (!discards(which)) {
      return false;
    }
    inputIsShut |= which == Shutdown.INPUT;
    if (which == Shutdown.OUTPUT) {
      outputEnds();
    }
    jdk.showAsShutdown(channel, which);
    connects.ends.add(this, which.name());
    return true;
  }

  /**
   * Whether a shutdown would discard data: the SYN is not answered, or a write from before the
   * answer is not done. The JDK shuts down at once during a write, too; but a first write of the
   * JDK would be complete by now, in the socket's buffer.
   */
  private boolean discards(Shutdown which) {
    boolean isUnanswered = stage == Stage.SENT && isPending();
    return isUnanswered || (which == Shutdown.OUTPUT && isWriting());
  }

  boolean isWriting() {
    return ask(fd -> jdk.isWriting(channel), false);
  }

  @Override
  public boolean tryEnd(String end, boolean isGivenUp) {
    return end.equals(CLOSE_KEPT)
        ? tryCloseKept(isGivenUp)
        : tryShutdown(Shutdown.valueOf(end), isGivenUp);
  }

  private boolean tryShutdown(Shutdown which, boolean isGivenUp) {
    if (discards(which) && !isGivenUp) {
      return false;
    }
    try {
      return jdk.withDescriptor(
          channel,
          fd -> {
            jdk.shutdown(channel, which);
            return true;
          },
          true);
    } catch (IOException e) {
      return true; // the connection has failed: its reader finds that out
    }
  }
}
