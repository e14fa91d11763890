package io.tfo.jna;

import io.tfo.FastOpenOutcome;
import io.tfo.FastOpenStatistics.PlainReason;
import io.tfo.jdk.JdkChannels;
import io.tfo.jdk.JdkSockets;
import io.tfo.spi.FastOpenActivity;
import io.tfo.timer.DaemonTimer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SocketChannel;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The library's part of one non-blocking connect, until the SYN is answered. {@code
 * sun.nio.ch.DeferringSocketChannel} calls it for each operation, and documents the returned
 * values.
 *
 * <p>While the SYN waits, the channel is pending, and the kernel says that it is writable. So the
 * program finishes the connect, and its first write sends the SYN.
 */
final class ChannelConnect extends DeferredConnect<ChannelConnects>
    implements BiPredicate<String, Object> {
  private final SocketChannel channel;

  /**
   * The address that the program has bound the channel to; null if it has not. It may bind another
   * channel there after a close.
   */
  private final @Nullable SocketAddress bound;

  /** The local address before the connect; afterwards the one that the connect has assigned. */
  private @Nullable SocketAddress local;

  /** Whether a thread is finishing the connect, and nothing was written so far. */
  private volatile boolean isFinishing;

  private boolean endIsDelayed;

  ChannelConnect(
      ChannelConnects connects,
      SocketChannel channel,
      InetSocketAddress destination,
      boolean hasOption) {
    super(connects, destination, hasOption);
    this.channel = channel;
    this.local = connects.jdk.localAddress(channel);
    this.bound = local;
  }

  @Override
  public boolean test(String operation, @Nullable Object result) {
    if (result instanceof IOException e) {
      return operation.equals("connect") ? notBegun(e) : failed(operation, e);
    }
    return switch (operation) {
      case "refused" -> refused();
      case "connect" -> begun(Boolean.TRUE.equals(result));
      case "finishConnect" -> result == null ? finish() : finished((Boolean) result);
      case "write" -> result == null ? write() : wrote();
      case "read", "end" -> wasRead(operation);
      case "use" -> use();
      case "transfer" -> transfer();
      case "urgent" -> urgent();
      case "shutdown" -> awaitAnswer();
      case "close" -> close();
      default -> delay(operation);
    };
  }

  /** The JDK has not begun this connect, for example because a security manager refuses it. */
  private boolean refused() {
    if (hasOption) {
      connects.cancel(channel);
    }
    return false;
  }

  /** The system has refused the connect at once, for example because there is no route. */
  private boolean notBegun(IOException e) {
    if (!(e instanceof ClosedChannelException)) {
      notAnswered(e);
    }
    return false;
  }

  private boolean begun(boolean connected) {
    if (!connected) {
      sent(Stage.PENDING, null);
      if (hasOption) {
        FastOpenActivity.attempted(false);
      }
    } else if (!hasOption) {
      return end(this);
    } else {
      SocketAddress localBefore = local;
      local = connects.jdk.localAddress(channel);
      connects.jdk.toPending(channel, localBefore);
      if (stage == Stage.SENT) {
        stage = Stage.PENDING; // by a transferTo of another thread
      } else if (connects.mayWait(destination, connects.outcomes.now())) {
        stage = Stage.WAITING;
        if (!isWatched()) {
          connects.sendSyn(this, channel);
          sent(Stage.PENDING, PlainReason.NO_FIRST_WRITE);
        }
      } else {
        connects.sendSyn(this, channel);
        sent(Stage.PENDING, PlainReason.UNKNOWN_DESTINATION);
      }
    }
    return true;
  }

  @Override
  void sendOverdue() {
    if (!tryWithLocks(this::sendIfWaiting)) {
      boolean unused = isWatched();
    }
  }

  private boolean sendIfWaiting() {
    int fd = connects.jdk.fd(channel);
    if (channel.isOpen() && !channel.isBlocking() && connects.waits(fd)) {
      isOverdue = true;
      sent(Stage.SENT, PlainReason.NO_FIRST_WRITE); // first: the answer may be read at once
      if (connects.sendSyn(this, fd) && isRefused) {
        connectAnew();
      }
    }
    return true;
  }

  /**
   * Connects plainly in place of the connect that the system refuses. With the write lock.
   *
   * @return false if another thread reads just now
   */
  boolean tryConnectAnew() {
    ReentrantLock lock = connects.jdk.readLock(channel);
    if (!lock.tryLock()) {
      return false;
    }
    try {
      connectAnew();
      return true;
    } finally {
      lock.unlock();
    }
  }

  private void connectAnew() {
    connectAnew(
        () -> {
          SocketAddress address = connects.jdk.connectAnew(channel, destination, bound);
          if (address != null) {
            local = address;
          }
          return address != null;
        },
        () -> connects.deferral.end(connects.jdk.fd(channel)));
  }

  /**
   * The program finishes the connect; the JDK asks the system next. While the SYN waits, the system
   * reports that the connect is finished without an error. It may be finished already, for example
   * if two threads finish it; one of them may then write and close meanwhile.
   *
   * @return whether it is finished now, and the JDK is not to ask
   */
  private boolean finish() {
    boolean isFinished = stage == Stage.WAITING && toConnected();
    isFinishing = !isFinished && !connects.jdk.isStillConnected(channel);
    return isFinished;
  }

  private boolean toConnected() {
    SocketAddress address = local;
    return address != null && connects.jdk.toConnected(channel, address);
  }

  /**
   * The JDK has asked the system. If the program was told before that the connect can be finished,
   * it need not expect a later answer to the contrary.
   */
  private boolean finished(boolean finished) {
    isFinishing = false;
    return finished
        ? stage == Stage.PENDING && end(this)
        : stage == Stage.SENT && !channel.isBlocking() && toConnected();
  }

  private boolean write() {
    hasWritten = true;
    if (stage == Stage.WAITING) {
      sentAt = connects.outcomes.now();
    }
    return false;
  }

  private boolean wrote() {
    if (stage == Stage.WAITING) {
      withData = true;
      sent(Stage.SENT, null);
      FastOpenActivity.attempted(true);
      return false;
    }
    return end(this);
  }

  private boolean wasRead(String operation) {
    if (operation.equals("read")) {
      learnWhoSpeaksFirst();
    }
    return end(this);
  }

  private boolean use() {
    return stage == Stage.WAITING && sendEmpty();
  }

  private boolean sendEmpty() {
    if (connects.sendSyn(this, channel)) {
      sent(channel.isConnectionPending() ? Stage.PENDING : Stage.SENT, PlainReason.NO_FIRST_WRITE);
    }
    return false;
  }

  /**
   * Sends the SYN also while another thread is in {@code connect}: it cannot wait for that thread,
   * since the JDK may hold the lock for writers here.
   */
  private boolean transfer() {
    hasWritten = true;
    return stage == Stage.NEW ? sendEmpty() : use();
  }

  private boolean urgent() {
    ensureConnected();
    hasWritten = true;
    return awaitAnswer();
  }

  /**
   * Throws what the JDK throws before the connect is finished. Another thread may finish it before
   * the JDK itself looks.
   */
  private void ensureConnected() {
    if (stage != Stage.OVER && channel.isOpen() && !connects.jdk.isStillConnected(channel)) {
      throw new NotYetConnectedException();
    }
  }

  /** Waits for the answer, as the JDK does before its connect is finished. */
  private boolean awaitAnswer() {
    if (stage == Stage.OVER || !connects.jdk.isStillConnected(channel)) {
      return false; // the JDK refuses the operation at once, or carries it out
    }
    use();
    connects.awaitAnswer(channel);
    return false;
  }

  /** The SYN was answered. Returns whether nothing is left to do. */
  private boolean end(SynLossDetector.LossQuery query) {
    answered(query);
    return !endIsDelayed;
  }

  @Override
  void answered(SynLossDetector.LossQuery query) {
    if (stage != Stage.OVER) {
      over();
      connects.answered(syn(), query, connects.observations.end(this));
    }
  }

  /** Returns whether the exception only tells that the SYN was sent without data. */
  private boolean failed(String operation, IOException e) {
    isFinishing = false;
    if (stage == Stage.NEW || e instanceof ClosedChannelException) {
      return false;
    }
    IOException told = failure;
    if (operation.equals("write")) {
      if (isSent()) {
        return true;
      }
      told = failureOfWrite();
    }
    if (told != null) { // the socket does not report it
      notAnswered(told);
      DeferredConnect.<RuntimeException>throwUndeclared(told);
    }
    if (wasReset(e)) {
      answered(this);
    } else {
      notAnswered(e);
    }
    return false;
  }

  /**
   * The reason why a write has failed without sending the data. The answer to a SYN without data
   * may have come before the SYN was checked; or the channel was closed, which the write does not
   * know.
   */
  private @Nullable IOException failureOfWrite() {
    if (failure != null || stage != Stage.WAITING) {
      return failure;
    }
    return channel.isOpen() ? connects.jdk.takeError(channel) : new AsynchronousCloseException();
  }

  /**
   * Whether the SYN is sent after a write that has failed: by the write, by this method, or by the
   * timer, after the system had refused it to the write.
   */
  private boolean isSent() {
    if (connects.isUnderWay(channel)) {
      if (stage == Stage.WAITING) {
        sent(Stage.SENT, null);
        FastOpenActivity.attempted(false);
      }
      return stage == Stage.SENT || stage == Stage.OVER;
    }
    if (stage == Stage.WAITING && connects.sendSyn(this, channel)) {
      if (!isRefused) {
        sent(Stage.SENT, hasOption ? PlainReason.NO_FIRST_WRITE : PlainReason.OFF);
      }
      return !isRefused && failure == null;
    }
    return stage == Stage.SENT && connects.isUnderWay(channel);
  }

  /** A write that has not returned yet has sent the SYN that waited. */
  private void over() {
    if (stage == Stage.WAITING) {
      withData = true;
      FastOpenActivity.attempted(true);
    }
    stage = Stage.OVER;
  }

  @Override
  void notAnswered(IOException e) {
    if (stage != Stage.OVER) {
      over();
      connects.failed(syn(), e, connects.observations.end(this));
    }
  }

  @Override
  public NativeTcp.FirstSyn firstSyn() throws IOException {
    return ask(connects.tcp::firstSyn, NativeTcp.FirstSyn.UNKNOWN);
  }

  @Override
  public FastOpenOutcome outcome() throws IOException {
    return ask(connects.tcp::connectOutcome, FastOpenOutcome.UNKNOWN);
  }

  /**
   * Asks the system. Only for the program's threads: in blocking mode it waits for a close of this
   * channel.
   */
  private <T> T ask(JdkSockets.OnDescriptor<T> question, T unknown) throws IOException {
    JdkChannels jdk = connects.jdk;
    if (!channel.isBlocking()) {
      return jdk.withDescriptor(channel, question, unknown);
    }
    synchronized (jdk.stateLock(channel)) {
      return channel.isOpen() ? question.apply(jdk.fd(channel)) : unknown;
    }
  }

  /**
   * The program closes the channel. The caller closes its descriptor next, unless this method
   * returns true. If the connect was finished and the connection not used, the SYN is sent, since
   * the JDK's connect has sent it by then. The close is not delayed if it resets the connection and
   * frees a port that the program has chosen. A shutdown that waits for the timer comes before the
   * close.
   */
  private boolean close() {
    boolean isDelayed = isCloseDelayed();
    if (stage == Stage.OVER && endIsDelayed && connects.jdk.isStillConnected(channel)) {
      connects.deferral.prepareClose(connects.jdk.fd(channel));
    }
    return isDelayed;
  }

  private boolean isCloseDelayed() {
    if (isFinishing || stage == Stage.NEW || stage == Stage.OVER) {
      return false;
    }
    int fd = connects.jdk.fd(channel);
    boolean isFinished = connects.jdk.isStillConnected(channel);
    if (stage == Stage.WAITING) {
      if (!isFinished) {
        return false;
      }
      if (connects.sendSyn(this, channel, true)) {
        sent(Stage.SENT, PlainReason.NO_FIRST_WRITE);
      }
    }
    if (isPending(fd)) {
      abandoned();
      if (!isFinished || (bound != null && connects.deferral.resetsAtClose(fd))) {
        stage = Stage.OVER;
      } else if (hasNoWaiter()) {
        delayed("close");
        return true;
      } else {
        keep(fd); // the JDK's close of a channel in blocking mode shuts nothing down
      }
    }
    return false;
  }

  /** Whether no thread waits in blocking mode: only the JDK's close wakes such a thread. */
  private boolean hasNoWaiter() {
    return !channel.isBlocking() || tryWithLocks(() -> true);
  }

  /** Delays a shutdown until the SYN is answered, if it is not; in blocking mode it waits. */
  private boolean delay(String shutdown) {
    ensureConnected();
    if (stage == Stage.OVER || !connects.jdk.isStillConnected(channel)) {
      return false;
    }
    if (channel.isBlocking()) {
      connects.awaitAnswer(channel);
      return false;
    }
    use();
    KernelDeferral.Stage now = connects.awaitStage(channel);
    if (now == KernelDeferral.Stage.PENDING) {
      delayed(shutdown);
      return true;
    }
    if (now == KernelDeferral.Stage.WAITING) { // in blocking mode by now, or closed
      connects.awaitAnswer(channel);
    }
    return false;
  }

  private void delayed(String end) {
    endIsDelayed = true;
    connects.ends.add(this, end);
  }

  /** Ends the connection as the JDK does. */
  @Override
  public boolean tryEnd(String end, boolean isGivenUp) {
    return switch (end) {
      case "close" -> tryClose(isGivenUp);
      case CLOSE_KEPT -> tryCloseKept(isGivenUp);
      default -> tryShutdown(end, isGivenUp);
    };
  }

  /** Two threads may try it at once: the second one finds the channel and its descriptor closed. */
  private boolean tryClose(boolean isGivenUp) {
    return tryWithLocks(
        () -> {
          if (!connects.jdk.isStillConnected(channel)) {
            return true;
          }
          int fd = connects.jdk.fd(channel);
          if (isPending(fd) && !isGivenUp) {
            return false;
          }
          prepareClose(fd);
          connects.jdk.close(channel);
          return true;
        });
  }

  private boolean tryShutdown(String end, boolean isGivenUp) {
    if (!channel.isOpen()) {
      return true;
    }
    if (channel.isBlocking()) {
      // Not on a shared thread: a close may hold the state's lock for a long time.
      DaemonTimer.start(
          () -> {
            connects.awaitAnswer(channel);
            shutdown(end);
          });
      return true;
    }
    return tryWithLocks(
        () -> {
          KernelDeferral.Stage now = connects.stage(channel);
          boolean isAnswered =
              now == KernelDeferral.Stage.CONNECTED || now == KernelDeferral.Stage.FAILED;
          if (isAnswered || isGivenUp) {
            shutdown(end);
          }
          return isAnswered || isGivenUp;
        });
  }

  private void shutdown(String end) {
    try {
      if (end.equals("shutdownInput")) {
        connects.jdk.shutdownInput(channel);
      } else {
        connects.jdk.shutdownOutput(channel);
      }
    } catch (IOException e) {
      // The channel is closed by now, or has failed: its reader finds that out.
    }
  }

  private interface Action {
    /** Returns whether it is done. */
    boolean run() throws IOException;
  }

  /** Runs an action with the locks held that the JDK's close waits for. */
  private boolean tryWithLocks(Action action) {
    ReentrantLock readLock = connects.jdk.readLock(channel);
    ReentrantLock writeLock = connects.jdk.writeLock(channel);
    if (!readLock.tryLock()) {
      return false;
    }
    try {
      if (!writeLock.tryLock()) {
        return false;
      }
      try {
        return action.run();
      } catch (IOException e) {
        return true; // the program has closed the channel: no caller is left to throw to
      } finally {
        writeLock.unlock();
      }
    } finally {
      readLock.unlock();
    }
  }
}
