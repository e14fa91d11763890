package io.tfo.jna;

import io.tfo.FastOpenOutcome;
import io.tfo.FastOpenStatistics.PlainReason;
import io.tfo.jdk.SocketHook;
import io.tfo.spi.ConnectObservation;
import io.tfo.spi.FastOpenActivity;
import io.tfo.timer.Deadlines;
import java.io.FileDescriptor;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The connect of one socket, as far as it is not the JDK's: asks the kernel to defer it, and sends
 * the SYN with the first write. The hook of {@code java.net.DeferringSocketImpl}.
 *
 * <p>While the SYN waits, the JDK's implementation takes the socket for connected. The first use of
 * the connection sends the SYN, a write with its data, and then waits for the handshake as {@code
 * connect} would have: as long, with the same exceptions, ended by the same close or interrupt. One
 * thread does that, and no other use of the connection comes before it has ended: a read would take
 * the error that the connect failed with, and a shutdown would end the connect.
 */
final class SocketConnect extends SocketHook
    implements SynLossDetector.LossQuery, Deadlines.Waiting<SocketConnect> {
  /** How long a {@code close} waits for the handshake, so that the server sees a connection. */
  private static final Duration MOST_TO_CLOSE = Duration.ofSeconds(1);

  /**
   * A server may wait for the connection before the program goes on to use it, as in FTP. Long
   * enough for the first TLS handshake of a process to begin.
   */
  private static final Duration MOST_UNUSED = Duration.ofMillis(100);

  private static final Deadlines<SocketConnect> UNUSED =
      new Deadlines<>(MOST_UNUSED.dividedBy(2), SocketConnect::sendUnused);

  private static final byte[] NOTHING = {};

  /** The stages of the connect. */
  private enum Stage {
    /** The JDK decides alone: not connected yet, connected plainly, or answered. */
    ORDINARY,
    /** The SYN waits for the first write. */
    WAITING,
    /** The SYN is sent. Its answer has not been seen yet. */
    SENT
  }

  /** What needs a connection. */
  private enum Use {
    READ,
    WRITE,
    /** Is not interrupted, as it never waits on the JDK's sockets. */
    OTHER
  }

  private final Socket socket;
  private final SocketImpl nio;
  private final DeferringSockets sockets;

  private volatile Stage stage = Stage.ORDINARY;
  private volatile @Nullable Thread reader;

  /** Of the thread that sends the SYN, or waits for its answer. For {@link ConnectTurn}. */
  volatile @Nullable CountDownLatch turn;

  /** Whether a close waits for the handshake, or another thread carries the close out. */
  private volatile boolean closing;

  private @Nullable InetSocketAddress destination;
  private int timeoutMillis;

  /** When the SYN was sent; while it waits, when the connect began. */
  private long sentAt;

  private long unusedUntil;
  private @Nullable SocketConnect nextUnused;

  /** Whether {@code connect} waits for the handshake. A close ends that at once, as the JDK's. */
  private volatile boolean isInConnect;

  /** Why no SYN can be sent, for the first use to throw. Written in a {@link #turn}. */
  private @Nullable IOException sendFailure;

  SocketConnect(Socket socket, SocketImpl nio, DeferringSockets sockets) {
    this.socket = socket;
    this.nio = nio;
    this.sockets = sockets;
  }

  @Override
  protected void connect(SocketAddress remote, int millis) throws IOException {
    ConnectObservation observed = sockets.observe();
    try {
      connectOrDefer(remote, millis);
      if (stage == Stage.ORDINARY) {
        end(observed, remote, 0, null);
      }
    } catch (IOException e) {
      end(observed, remote, 0, e);
      throw e;
    } finally {
      if (observed != null) {
        observed.detach();
      }
    }
  }

  private void end(
      @Nullable ConnectObservation observed,
      @Nullable SocketAddress remote,
      int synData,
      @Nullable IOException failure) {
    if (observed != null && remote instanceof InetSocketAddress inet) {
      observed.end(inet, synData, this::outcome, failure);
    }
  }

  private void connectOrDefer(SocketAddress remote, int millis) throws IOException {
    if (!(remote instanceof InetSocketAddress inet) || !sockets.admits(socket, inet, millis)) {
      sockets.connectPlainly(nio, remote, millis);
      return;
    }
    long start = sockets.now();
    boolean isKnown = sockets.isKnown(inet, start);
    try {
      sockets.prepareCookie(nio, inet);
      switch (sockets.deferral.connect(nio, inet, millis, isKnown)) {
        case PLAIN -> sockets.refused(inet);
        case ANSWERED -> sockets.answered(inet, start, false, this);
        case SENT -> begin(inet, millis, start, Stage.SENT);
        case WAITING -> begin(inet, millis, start, Stage.WAITING);
      }
    } catch (IOException e) {
      sockets.failed(inet, start, false, e);
      sockets.jdk.close(nio);
      throw e;
    }
    // The cookie may be another port's, so nothing need be known of a server here.
    boolean waits = stage == Stage.WAITING && isKnown && isWatched();
    if (!waits && stage != Stage.ORDINARY) {
      connectNow();
    }
  }

  private boolean isWatched() {
    unusedUntil = System.nanoTime() + MOST_UNUSED.toNanos();
    return UNUSED.add(this);
  }

  /** Connects before {@code connect} returns. A failure closes no more than the JDK's would. */
  private void connectNow() throws IOException {
    if (!tryBegin()) {
      throw new SocketException("Socket closed");
    }
    isInConnect = true;
    try {
      finishConnect(NOTHING, 0, 0, timeoutMillis);
    } catch (IOException e) {
      sockets.jdk.close(nio);
      throw isInterrupt(e) ? new SocketException("Closed by interrupt") : e;
    } finally {
      isInConnect = false;
      ConnectTurn.end(this);
    }
  }

  /** The first use of the connection ends the connect. */
  private void begin(InetSocketAddress remote, int millis, long start, Stage now) {
    destination = remote;
    timeoutMillis = millis;
    sentAt = start;
    stage = now;
  }

  @Override
  public long deadline() {
    return unusedUntil;
  }

  @Override
  public boolean waitsNoLonger() {
    return stage != Stage.WAITING;
  }

  @Override
  public @Nullable SocketConnect next() {
    return nextUnused;
  }

  @Override
  public void setNext(@Nullable SocketConnect next) {
    nextUnused = next;
  }

  /** The program has not used the connection so far. */
  private void sendUnused() {
    boolean isHeldBack = reader != null;
    if (sendEmpty() && isHeldBack) {
      sockets.heldBackInVain(Objects.requireNonNull(destination));
    }
  }

  /** Sends the SYN without data if it still waits; the first use waits for the handshake. */
  private boolean sendEmpty() {
    if (!tryBegin()) {
      return false;
    }
    try {
      boolean sends =
          stage == Stage.WAITING
              && sendFailure == null
              && sockets.deferral.sendEmpty(nio, Objects.requireNonNull(destination));
      if (sends) {
        sent();
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

  /** Has this thread connect, and no other meanwhile, if that is to be done and no other does. */
  private boolean tryBegin() {
    if (stage == Stage.ORDINARY || !ConnectTurn.tryTake(this)) {
      return false;
    }
    if (stage == Stage.ORDINARY) { // connected since
      ConnectTurn.end(this);
      return false;
    }
    return true;
  }

  /**
   * The same, but waits for the thread that connects.
   *
   * @param use what waits
   * @return false if that thread has connected
   */
  private boolean begin(Use use) throws IOException {
    return tryBegin() || (stage != Stage.ORDINARY && awaitTurn(use));
  }

  private boolean awaitTurn(Use use) throws IOException {
    int mostMillis = use == Use.READ ? sockets.jdk.soTimeout(nio) : 0;
    long start = sockets.now();
    boolean interrupted = false;
    try {
      while (!tryBegin()) {
        if (stage == Stage.ORDINARY) {
          return false;
        }
        long left = TimeUnit.MILLISECONDS.toNanos(mostMillis) - (sockets.now() - start);
        if (mostMillis > 0 && left <= 0) {
          throw new SocketTimeoutException("Read timed out");
        }
        if (use == Use.READ && closing) {
          throw new SocketException("Socket closed");
        }
        try {
          ConnectTurn.awaitEnd(this, mostMillis > 0 ? left : Long.MAX_VALUE);
        } catch (InterruptedException e) {
          interrupted = true;
          if (use != Use.OTHER && sockets.jdk.isVirtual(Thread.currentThread())) {
            throw (IOException) new InterruptedIOException().initCause(e);
          }
        }
      }
      return true;
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /**
   * Ends the handshake, or waits for the thread that does, and for a writer that waits for it, as
   * long as a close may. The JDK's close shuts the output down: before the handshake ends, that
   * loses the data of the SYN, and the server sees no connection. Interrupts do not end this.
   */
  private void awaitHandshake() {
    long since = stage == Stage.SENT ? sentAt : sockets.now();
    boolean interrupted = false;
    boolean waits = true;
    while (waits) {
      try {
        while (stage != Stage.ORDINARY && !tryConnectUnused() && leftToClose(since) > 0) {
          ConnectTurn.awaitEnd(this, leftToClose(since));
        }
        ReentrantLock writing = sockets.jdk.writeLock(nio);
        if (sockets.jdk.isOpen(nio) && writing.tryLock(leftToClose(since), TimeUnit.NANOSECONDS)) {
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

  /** Connects for the close of a socket that was not used, unless another thread connects. */
  private boolean tryConnectUnused() {
    if (!tryBegin()) {
      return false;
    }
    try {
      finishConnect(NOTHING, 0, 0, MOST_TO_CLOSE.toMillis());
    } catch (IOException e) {
      // The socket is closed next. The program has nothing to do with this connection any more.
    } finally {
      ConnectTurn.end(this);
    }
    return true;
  }

  private long leftToClose(long since) {
    return MOST_TO_CLOSE.toNanos() - (sockets.now() - since);
  }

  private void sent() {
    sentAt = sockets.now();
    become(Stage.SENT);
  }

  private void become(Stage next) {
    stage = next;
    LockSupport.unpark(reader);
  }

  /** Connects as {@link #sendAndAwait} does, and lets others look at it. */
  private int finishConnect(byte[] bytes, int offset, int length, long most) throws IOException {
    ConnectObservation observed = isInConnect ? null : sockets.observe();
    if (observed != null && stage == Stage.SENT) {
      observed.plain(PlainReason.NO_FIRST_WRITE);
    }
    try {
      int taken = sendAndAwait(bytes, offset, length, most);
      end(observed, destination, taken, null);
      return taken;
    } catch (IOException e) {
      end(observed, destination, length > 0 ? -1 : 0, e);
      throw e;
    }
  }

  /**
   * Sends the SYN if it still waits, and waits for the handshake as the JDK does in {@code
   * connect}. For the one thread that connects.
   *
   * @param most how long to wait from the SYN on, in milliseconds; 0 without a limit
   * @return how many bytes the SYN took
   */
  private int sendAndAwait(byte[] bytes, int offset, int length, long most) throws IOException {
    InetSocketAddress remote = Objects.requireNonNull(destination);
    FileDescriptor file = sockets.jdk.beginWrite(nio);
    boolean connected = false;
    boolean isPlain = false;
    int taken = 0;
    boolean sends = stage == Stage.WAITING;
    boolean withData = sends && length > 0; // a failure does not tell
    try {
      taken = sends ? sendSyn(file, remote, bytes, offset, length, most) : 0;
      withData = taken > 0;
      isPlain = taken != NativeTcp.NOT_SENT && sockets.wasSentPlainly(nio);
      if (sends) {
        sockets.count(isPlain, taken, length, isInConnect);
      }
      connected = awaitConnected(file, most, taken != NativeTcp.NOT_SENT);
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
      become(Stage.ORDINARY);
      sockets.jdk.endWrite(nio, connected);
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
    sent();
    return sockets.deferral.send(nio, file, remote, bytes, offset, length, most);
  }

  /**
   * Waits for the handshake. Asks the JDK, which takes the socket's error, only where the SYN was
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

  /**
   * Connects as far as the JDK had at the end of {@code connect}. An interrupt of a virtual thread
   * goes to its {@code Socket}, which closes itself.
   *
   * @return how many of the bytes were sent
   */
  private int connectFirst(Use use, byte[] bytes, int offset, int length) throws IOException {
    if (!begin(use)) {
      return 0;
    }
    IOException failure;
    try {
      return finishConnect(bytes, offset, length, timeoutMillis);
    } catch (IOException e) {
      // In the turn, since a thread that waits for its end must not use what has failed.
      sockets.jdk.close(nio);
      failure = e;
    } finally {
      ConnectTurn.end(this);
    }
    // After the turn: another thread's close may wait for its end, and holds a lock of the
    // socket's.
    throw isInterrupt(failure) ? failure : closed(failure);
  }

  /** Closes the socket after a connect that failed, as the JDK does. */
  private IOException closed(IOException e) throws IOException {
    socket.close();
    return isInterrupt(e) ? new SocketException("Closed by interrupt") : e;
  }

  private static boolean isInterrupt(IOException e) {
    return e instanceof InterruptedIOException && !(e instanceof SocketTimeoutException);
  }

  /** The same for what is no read or write: here no {@code Socket} minds an interrupt. */
  private void connectUninterrupted() throws IOException {
    if (stage != Stage.ORDINARY) {
      try {
        connectFirst(Use.OTHER, NOTHING, 0, 0);
      } catch (IOException e) {
        throw isInterrupt(e) ? closed(e) : e;
      }
    }
  }

  /** Writes, and sends the SYN with it if that still waits. */
  void write(OutputStream out, byte[] bytes, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    if (length > 0) {
      ensureOpen();
    }
    if (stage == Stage.ORDINARY || length == 0) {
      out.write(bytes, offset, length);
      return;
    }
    ReentrantLock lock = sockets.jdk.writeLock(nio);
    lock.lock();
    try {
      int taken = connectFirst(Use.WRITE, bytes, offset, length);
      if (taken < length) {
        out.write(bytes, offset + taken, length - taken);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Leaves a writer that comes soon the time to put its data into the SYN. */
  private void holdBack(int soTimeout) {
    InetSocketAddress remote = Objects.requireNonNull(destination);
    long most = sockets.holdBack(remote, soTimeout);
    long start = sockets.now();
    reader = Thread.currentThread();
    long left = most;
    while (stage == Stage.WAITING && left > 0 && !Thread.currentThread().isInterrupted()) {
      LockSupport.parkNanos(this, left);
      left = most - (sockets.now() - start);
    }
    reader = null;
    if (stage == Stage.WAITING && most > 0 && left <= 0) {
      sockets.heldBackInVain(remote);
    }
  }

  int read(InputStream in, byte[] bytes, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    if (length > 0) {
      ensureOpen();
    }
    if (stage != Stage.ORDINARY && length > 0) {
      holdBack(sockets.jdk.soTimeout(nio));
      ensureOpen();
      connectFirst(Use.READ, NOTHING, 0, 0);
      ensureOpen();
    }
    return in.read(bytes, offset, length);
  }

  @Override
  public NativeTcp.FirstSyn firstSyn() throws IOException {
    return sockets.firstSyn(nio);
  }

  @Override
  public FastOpenOutcome outcome() throws IOException {
    return sockets.outcome(nio);
  }

  @Override
  protected InputStream getInputStream() throws IOException {
    InputStream in = sockets.jdk.inputStream(nio);
    if (stage == Stage.ORDINARY) {
      return in;
    }
    return new FirstUseInputStream(this, in);
  }

  @Override
  protected OutputStream getOutputStream() throws IOException {
    OutputStream out = sockets.jdk.outputStream(nio);
    if (stage == Stage.ORDINARY) {
      return out;
    }
    return new FirstUseOutputStream(this, out);
  }

  /** Whether the SYN waits for the first write. */
  boolean isWaiting() {
    return stage == Stage.WAITING;
  }

  /** Ends the deferral where the system chooses the local port with the SYN. Does not wait. */
  @Override
  protected int getLocalPort() {
    if (stage == Stage.WAITING && !sockets.deferral.isSystems()) {
      sendEmpty();
    }
    return 0;
  }

  @Override
  protected int available() throws IOException {
    ensureOpen();
    connectUninterrupted();
    return sockets.jdk.available(nio);
  }

  @Override
  protected void shutdownInput() throws IOException {
    connectUninterrupted();
  }

  @Override
  protected void shutdownOutput() throws IOException {
    connectUninterrupted();
  }

  @Override
  protected void sendUrgentData(int data) throws IOException {
    connectUninterrupted();
  }

  /**
   * A socket that is closed unused has been connected for its server, as the JDK's has. The SYN is
   * sent here, and another thread waits for its answer: the {@code Socket} holds its locks
   * meanwhile, for which others would wait.
   */
  @Override
  protected void close() throws IOException {
    if (stage != Stage.ORDINARY && !isInConnect) {
      closing = true;
      ConnectTurn.wake(this);
      sendEmpty();
      if (!endsHandshakeHere()
          && SocketCloses.later(this::closeLater, () -> !sockets.jdk.isOpen(nio))) {
        return;
      }
      awaitHandshake();
    }
    sockets.jdk.close(nio);
  }

  /**
   * Whether the thread that closes is to end the handshake: the answer is there, as on loopback; or
   * the system has not sent the SYN, since TCP Fast Open was switched off after {@code connect}.
   */
  private boolean endsHandshakeHere() {
    try {
      return turn == null
          && (stage == Stage.WAITING || (stage == Stage.SENT && sockets.jdk.hasEvent(nio)));
    } catch (IOException e) {
      return false;
    }
  }

  private void closeLater() {
    try {
      awaitHandshake();
      sockets.jdk.close(nio);
    } catch (IOException e) {
      // The program has nothing to do with this socket any more.
    }
  }

  /** Throws what the JDK throws where a close is under way that another thread carries out. */
  private void ensureOpen() throws SocketException {
    if (closing) {
      throw new SocketException("Socket closed");
    }
  }
}
