package io.tfo.jna;

import java.io.FileDescriptor;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The connect of one socket, as far as it is not the JDK's: asks the kernel to defer it, and sends
 * the SYN with the first write. The hook of {@code java.net.DeferringSocketImpl}.
 *
 * <p>While the SYN waits, the JDK's implementation takes the socket for connected. The first use of
 * the connection sends the SYN, a write with its data, and then waits for the handshake as {@code
 * connect} would have: as long, with the same exceptions, ended by the same close or interrupt.
 * Only the holder of the JDK's write lock does that.
 */
final class SocketConnect extends SocketImpl {
  /** How long a {@code close} waits for the handshake, so that the server sees a connection. */
  private static final Duration MOST_TO_CLOSE = Duration.ofSeconds(1);

  private static final byte[] NOTHING = {};

  /** The stages of the connect. */
  private enum Stage {
    /** The JDK decides alone: not connected yet, connected plainly, or answered. */
    ORDINARY,
    /** The SYN waits for the first write. */
    WAITING
  }

  private final SocketImpl nio;
  private final JdkSockets jdk;
  private final DeferringSockets sockets;

  private volatile Stage stage = Stage.ORDINARY;
  private volatile @Nullable Thread reader;
  private @Nullable InetSocketAddress destination;
  private int timeoutMillis;

  SocketConnect(SocketImpl nio, JdkSockets jdk, DeferringSockets sockets) {
    this.nio = nio;
    this.jdk = jdk;
    this.sockets = sockets;
  }

  @Override
  protected void connect(SocketAddress remote, int millis) throws IOException {
    if (!(remote instanceof InetSocketAddress inet) || !sockets.defer(nio, inet)) {
      jdk.connect(nio, remote, millis);
      if (remote instanceof InetSocketAddress answered) {
        sockets.connected(answered);
      }
      return;
    }
    long start = sockets.now();
    try {
      jdk.connect(nio, remote, millis);
    } catch (IOException e) {
      sockets.failed(inet, start, e);
      throw e;
    }
    destination = inet;
    timeoutMillis = millis;
    if (!sockets.isWaiting(nio)) {
      sockets.answered(nio, inet, start, false);
    } else if (sockets.isKnown(inet)) {
      stage = Stage.WAITING;
    } else {
      connectNow(start);
    }
  }

  /** The cookie may be another port's, so nothing is known of a server here. */
  private void connectNow(long start) throws IOException {
    ReentrantLock lock = jdk.writeLock(nio);
    lock.lock();
    try {
      send(NOTHING, 0, 0, start, millis(timeoutMillis));
    } catch (IOException e) {
      throw closed(e);
    } finally {
      lock.unlock();
    }
  }

  private static Duration millis(int timeout) {
    return Duration.ofMillis(timeout);
  }

  /**
   * Sends the SYN, and waits for the handshake as the JDK does in {@code connect}. For the holder
   * of the write lock.
   *
   * @param start when the time begins, by {@link DeferringSockets#now}
   * @param most how long to wait, or 0 without a limit
   * @return how many bytes the SYN took
   */
  private int send(byte[] bytes, int offset, int length, long start, Duration most)
      throws IOException {
    InetSocketAddress remote = Objects.requireNonNull(destination);
    FileDescriptor file = jdk.beginWrite(nio);
    boolean connected = false;
    try {
      int taken = sockets.send(jdk.fd(file), bytes, offset, length);
      if (taken == NativeTcp.NOT_SENT) {
        jdk.beginConnect(nio, file, remote);
        taken = 0;
      }
      sent();
      connected = awaitConnected(file, start, most);
      if (connected) {
        sockets.answered(nio, remote, start, taken > 0);
      } else {
        sockets.abandoned(remote, start);
      }
      return taken;
    } catch (IOException e) {
      sockets.failed(remote, start, e);
      throw e;
    } finally {
      sent();
      jdk.endWrite(nio, connected);
    }
  }

  /** Lets readers go on. */
  private void sent() {
    stage = Stage.ORDINARY;
    LockSupport.unpark(reader);
  }

  private boolean awaitConnected(FileDescriptor file, long start, Duration most)
      throws IOException {
    while (!jdk.pollConnectNow(file)) {
      if (!jdk.isOpen(nio)) {
        return false;
      }
      long left = 0;
      if (!most.isZero()) {
        left = most.toNanos() - (sockets.now() - start);
        if (left <= 0) {
          throw new SocketTimeoutException("Connect timed out");
        }
      }
      jdk.parkForWriting(nio, file, left);
    }
    return jdk.isOpen(nio);
  }

  /** Writes, and sends the SYN with it if that still waits. */
  private void write(OutputStream out, byte[] bytes, int offset, int length) throws IOException {
    if (stage != Stage.WAITING || length == 0) {
      out.write(bytes, offset, length);
      return;
    }
    Objects.checkFromIndexSize(offset, length, bytes.length);
    ReentrantLock lock = jdk.writeLock(nio);
    lock.lock();
    try {
      int taken = stage == Stage.WAITING ? sendFirst(bytes, offset, length) : 0;
      if (taken < length) {
        out.write(bytes, offset + taken, length - taken);
      }
    } finally {
      lock.unlock();
    }
  }

  /** An interrupt of a virtual thread goes to its {@code Socket}, which closes itself. */
  private int sendFirst(byte[] bytes, int offset, int length) throws IOException {
    try {
      return send(bytes, offset, length, sockets.now(), millis(timeoutMillis));
    } catch (IOException e) {
      throw isInterrupt(e) ? e : closed(e);
    }
  }

  /** Closes the socket after a connect that failed, as the JDK does. */
  private IOException closed(IOException e) throws IOException {
    jdk.close(nio);
    return isInterrupt(e) ? new SocketException("Closed by interrupt") : e;
  }

  private static boolean isInterrupt(IOException e) {
    return e instanceof InterruptedIOException && !(e instanceof SocketTimeoutException);
  }

  /** Connects as far as the JDK had at the end of {@code connect}. */
  private void connectFirst() throws IOException {
    if (stage == Stage.WAITING) {
      ReentrantLock lock = jdk.writeLock(nio);
      lock.lock();
      try {
        if (stage == Stage.WAITING) {
          sendFirst(NOTHING, 0, 0);
        }
      } finally {
        lock.unlock();
      }
    }
  }

  /** The same for what is no read or write: here no {@code Socket} minds an interrupt. */
  private void connectUninterrupted() throws IOException {
    try {
      connectFirst();
    } catch (IOException e) {
      throw isInterrupt(e) ? closed(e) : e;
    }
  }

  /** Leaves a writer that comes soon the time to put its data into the SYN. */
  private void holdBack() {
    InetSocketAddress remote = Objects.requireNonNull(destination);
    long most = sockets.holdBack(remote, jdk.soTimeout(nio));
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

  private int read(InputStream in, byte[] bytes, int offset, int length) throws IOException {
    if (stage == Stage.WAITING && length > 0) {
      Objects.checkFromIndexSize(offset, length, bytes.length);
      holdBack();
      connectFirst();
    }
    return in.read(bytes, offset, length);
  }

  @Override
  protected InputStream getInputStream() throws IOException {
    InputStream in = jdk.inputStream(nio);
    return new InputStream() {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) > 0 ? one[0] & 0xff : -1;
      }

      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        return SocketConnect.this.read(in, bytes, offset, length);
      }

      @Override
      public int available() throws IOException {
        return SocketConnect.this.available();
      }

      @Override
      public void close() throws IOException {
        SocketConnect.this.close();
        in.close();
      }
    };
  }

  @Override
  protected OutputStream getOutputStream() throws IOException {
    OutputStream out = jdk.outputStream(nio);
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        SocketConnect.this.write(out, bytes, offset, length);
      }

      @Override
      public void close() throws IOException {
        SocketConnect.this.close();
        out.close();
      }
    };
  }

  @Override
  protected int available() throws IOException {
    connectUninterrupted();
    return jdk.available(nio);
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

  /** A socket that is closed unused has been connected for its server, as the JDK's has. */
  @Override
  protected void close() {
    ReentrantLock lock = jdk.writeLock(nio);
    if (stage == Stage.WAITING && lock.tryLock()) {
      try {
        if (stage == Stage.WAITING) {
          send(NOTHING, 0, 0, sockets.now(), MOST_TO_CLOSE);
        }
      } catch (IOException e) {
        // The socket is closed next. The program has nothing to do with this connection any more.
      } finally {
        lock.unlock();
      }
    }
  }

  private static UnsupportedOperationException notCalled() {
    return new UnsupportedOperationException("goes to NioSocketImpl");
  }

  @Override
  protected void create(boolean stream) {
    throw notCalled();
  }

  @Override
  protected void connect(String host, int port) {
    throw notCalled();
  }

  @Override
  protected void connect(InetAddress address, int port) {
    throw notCalled();
  }

  @Override
  protected void bind(InetAddress host, int port) {
    throw notCalled();
  }

  @Override
  protected void listen(int backlog) {
    throw notCalled();
  }

  @Override
  protected void accept(SocketImpl s) {
    throw notCalled();
  }

  @Override
  public void setOption(int option, Object value) {
    throw notCalled();
  }

  @Override
  public Object getOption(int option) {
    throw notCalled();
  }
}
