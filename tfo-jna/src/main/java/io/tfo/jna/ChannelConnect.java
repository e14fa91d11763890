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
import java.nio.channels.SocketChannel;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/**
 * One non-blocking connect, until it is answered, as far as it is not the JDK's. {@code
 * sun.nio.ch.DeferringSocketChannel} tells it of each operation; what it returns is said there.
 *
 * <p>While the SYN waits, the channel is pending, and the kernel says that it is writable. So the
 * program finishes the connect, and its first write sends the SYN.
 */
final class ChannelConnect extends DeferredConnect<ChannelConnects>
    implements BiPredicate<String, Object> {
  private final SocketChannel channel;

  /**
   * Where the program has bound the channel; null if it has not. It may bind another one there
   * after a close.
   */
  private final @Nullable SocketAddress bound;

  /** The local address before the connect; then the one that it has given. */
  private @Nullable SocketAddress local;

  /** Whether a thread finishes the connect, and nothing was written so far. */
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

  /** The JDK has not begun this connect, such as where a security manager refuses it. */
  private boolean refused() {
    if (hasOption) {
      connects.cancel(channel);
    }
    return false;
  }

  /** The system has refused it at once, such as where no route leads there. */
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
      if (connects.mayWait(destination, connects.outcomes.now())) {
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
   * The program finishes the connect; the JDK asks the system next. Of one that waits, the system
   * says that it is finished, and that there is no error. It may be finished already, such as where
   * two threads do that; then one of them may write and close meanwhile.
   */
  private boolean finish() {
    isFinishing =
        (stage != Stage.WAITING || !toConnected()) && !connects.jdk.isStillConnected(channel);
    return false;
  }

  private boolean toConnected() {
    SocketAddress address = local;
    return address != null && connects.jdk.toConnected(channel, address);
  }

  /**
   * The JDK has asked the system. The program may have been told before that the connect can be
   * finished, and it need not expect that this is no longer so.
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
    if (stage == Stage.WAITING && connects.sendSyn(this, channel)) {
      sent(channel.isConnectionPending() ? Stage.PENDING : Stage.SENT, PlainReason.NO_FIRST_WRITE);
    }
    return false;
  }

  private boolean transfer() {
    hasWritten = true;
    return use();
  }

  private boolean urgent() {
    hasWritten = true;
    return awaitAnswer();
  }

  /** Waits for what the JDK waits for before its connect is finished. */
  private boolean awaitAnswer() {
    if (stage == Stage.OVER || !connects.jdk.isStillConnected(channel)) {
      return false; // the JDK refuses it at once, or sends it
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
    if (told != null) { // the socket does not tell it
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
   * Why a write has failed that has not sent the data: the answer to a SYN without data may have
   * come before the SYN was looked at, and a close that the write does not know of.
   */
  private @Nullable IOException failureOfWrite() {
    if (failure != null || stage != Stage.WAITING) {
      return failure;
    }
    return channel.isOpen() ? connects.jdk.takeError(channel) : new AsynchronousCloseException();
  }

  /**
   * Whether the SYN is sent behind a write that has failed: by the write, here, or by the timer,
   * since the system has refused it to the write.
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

  /** The SYN of a connect that waits has left with a write that is not back yet. */
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

  /** For the program's threads: in blocking mode it waits for a close of this channel. */
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
   * returns true. A connection that was finished and not used is made, as the JDK's was before.
   * Where the close resets the connection, and frees a port that the program has chosen, it is not
   * delayed. A shutdown that waits for the timer comes before the close.
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

  /** A thread that waits in blocking mode is woken by the JDK's close alone. */
  private boolean hasNoWaiter() {
    return !channel.isBlocking() || tryWithLocks(() -> true);
  }

  /** Delays a shutdown until the SYN is answered, if it is not; in blocking mode it waits. */
  private boolean delay(String shutdown) {
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

  /**
   * Two threads may try it at once: the second one finds the channel closed, and its descriptor.
   */
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
      // The state's lock may be held for long, by a close: not a matter for a shared thread.
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

  /** Holds the locks meanwhile that the JDK's close waits for. */
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
