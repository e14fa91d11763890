package io.tfo.jna;

import io.tfo.spi.ConnectObservation;
import io.tfo.timer.Deadlines;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The library's part of the connect of one socket: asks the kernel to defer it, and sends the SYN
 * with the first write. It is the hook of {@code java.net.DeferringSocketImpl}.
 *
 * <p>While the SYN waits, the JDK's implementation treats the socket as connected. The first use of
 * the connection sends the SYN; a write sends it with its data. It then waits for the handshake as
 * {@code connect} would have: as long, with the same exceptions, and ended by the same close or
 * interrupt. One thread does that. Other uses of the connection wait for its end: a read would
 * consume the error of the connect, and a shutdown would end the connect.
 */
final class SocketConnect extends SocketHandshake implements Deadlines.Waiting<SocketConnect> {
  /**
   * How long a connection may stay unused. A server may wait for it before the program uses it, as
   * in FTP. Long enough for the first TLS handshake of a process to begin.
   */
  private static final Duration MOST_UNUSED = Duration.ofMillis(100);

  /** Half of that. {@code Duration.dividedBy} would load decimals, which takes milliseconds. */
  private static final Deadlines<SocketConnect> UNUSED =
      new Deadlines<>(Duration.ofMillis(50), SocketConnect::sendUnused);

  /** The operation that needs the connection. */
  private enum Use {
    READ,
    WRITE,
    /** Is not interrupted, as it never waits on the JDK's sockets. */
    OTHER
  }

  private final Socket socket;

  /** Whether a close waits for the handshake, or another thread carries the close out. */
  private volatile boolean closing;

  private long unusedUntil;
  private @Nullable SocketConnect nextUnused;

  SocketConnect(Socket socket, SocketImpl nio, DeferringSockets sockets) {
    super(nio, sockets);
    this.socket = socket;
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

  private void connectOrDefer(SocketAddress remote, int millis) throws IOException {
    if (!(remote instanceof InetSocketAddress inet) || !sockets.admits(socket, inet, millis)) {
      sockets.connectPlainly(nio, remote, millis);
      return;
    }
    long start = sockets.now();
    isBound = sockets.jdk.isBound(nio);
    boolean isKnown = sockets.isKnown(inet, start) && (sockets.deferral.isSystems() || isFree());
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
    // The cookie may be from another port, so there may be no server at this one.
    boolean waits = stage == Stage.WAITING && isKnown && !isInterrupted() && isWatched();
    if (!waits && stage != Stage.ORDINARY) {
      connectNow();
    }
  }

  /**
   * Whether the system chooses the local address. For a local address that the program has chosen,
   * only a connect shows whether the server can be reached from it: the system knows that, the
   * library does not.
   */
  private boolean isFree() throws SocketException {
    return !isBound
        || (nio.getOption(SO_BINDADDR) instanceof InetAddress local && local.isAnyLocalAddress());
  }

  /** Whether an interrupt that came before would end a wait of the JDK's socket. */
  private boolean isInterrupted() {
    Thread thread = Thread.currentThread();
    return thread.isInterrupted() && sockets.jdk.isVirtual(thread);
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
      finishConnect(NOTHING, 0, 0, timeoutMillis, /* isInterruptible= */ true);
    } catch (IOException e) {
      throw isInterrupt(e) ? new SocketException("Closed by interrupt") : e;
    } finally {
      isInConnect = false;
      ConnectTurn.end(this);
    }
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

  /**
   * Takes the turn to connect if the connect is not done; waits for another thread that has the
   * turn.
   *
   * @param use the operation that waits
   * @return false if another thread has connected
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
   * Connects as far as the JDK had at the end of {@code connect}. An interrupt that came before a
   * write does not end it: the JDK's socket has its connection by now, and would not wait for it.
   *
   * @return how many of the bytes were sent
   */
  private int connectFirst(Use use, byte[] bytes, int offset, int length) throws IOException {
    boolean isPostponed = use == Use.WRITE && isInterrupted() && Thread.interrupted(); // clears it
    try {
      return connectInTurn(use, bytes, offset, length);
    } finally {
      if (isPostponed) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /**
   * Connects unless another thread does. An interrupt of a virtual thread goes to its {@code
   * Socket}, which closes itself.
   */
  private int connectInTurn(Use use, byte[] bytes, int offset, int length) throws IOException {
    if (!begin(use)) {
      return 0;
    }
    IOException failure;
    try {
      return finishConnect(bytes, offset, length, timeoutMillis, use != Use.OTHER);
    } catch (IOException e) {
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

  /**
   * As {@link #connectFirst}, for a use that is neither a read nor a write: there {@code Socket}
   * handles no interrupt.
   */
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

  /** Delays a read, so that a write that comes soon can put its data into the SYN. */
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

  /** Ends the deferral where the system chooses the local port with the SYN. Does not wait. */
  @Override
  protected int getLocalPort() {
    if (stage == Stage.WAITING && !sockets.deferral.isSystems()) {
      sendEmpty();
    }
    return 0;
  }

  /**
   * Checks itself whether the socket is closed: {@code Socket} does not check that before each
   * option.
   */
  @Override
  public Object getOption(int option) throws SocketException {
    ensureOpen();
    if (option == SO_BINDADDR) {
      getLocalPort();
    }
    return nio.getOption(option);
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
    if (stage != Stage.ORDINARY) {
      connectUninterrupted();
      SocketCloses.awaitWriters(this);
    }
  }

  @Override
  protected void sendUrgentData(int data) throws IOException {
    ensureOpen();
    connectUninterrupted();
    ensureOpen();
  }

  @Override
  protected void close() throws IOException {
    if (stage != Stage.ORDINARY && !isInConnect) {
      closing = true;
      ConnectTurn.wake(this);
      SocketCloses.close(this);
    } else {
      sockets.jdk.close(nio);
    }
  }

  /** Throws the JDK's exception if a close is under way that another thread carries out. */
  private void ensureOpen() throws SocketException {
    if (closing) {
      throw new SocketException("Socket closed");
    }
  }
}
