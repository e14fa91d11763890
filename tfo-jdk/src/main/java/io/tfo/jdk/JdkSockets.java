package io.tfo.jdk;

import java.io.FileDescriptor;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.invoke.MethodHandle;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketImpl;
import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Access to the JDK's own sockets and server sockets: the {@code NioSocketImpl} behind each, its
 * descriptor, its locks, and the steps of its {@code connect} and {@code write}. Final fields are
 * read only.
 */
public final class JdkSockets {
  /** Null where this JDK denies access, or its classes have changed. */
  public static final @Nullable JdkSockets ACCESS = findPrivileged();

  private static final int ST_UNCONNECTED = 1;
  private static final int ST_CONNECTED = 3;

  public final PlainConnect plainConnect = JdkSocketHandles.PLAIN_CONNECT;

  /** A call with an open descriptor. */
  public interface OnDescriptor<T> {
    T apply(int fd) throws IOException;
  }

  private JdkSockets() {}

  /**
   * Finds it with the library's permissions: under JDK 17's security manager, the program that
   * opens the first socket needs none. Not a lambda, which costs start-up time.
   */
  @SuppressWarnings("removal")
  private static @Nullable JdkSockets findPrivileged() {
    return AccessController.doPrivileged(
        new PrivilegedAction<@Nullable JdkSockets>() {
          @Override
          public @Nullable JdkSockets run() {
            return find();
          }
        });
  }

  private static @Nullable JdkSockets find() {
    try {
      JdkSockets found = new JdkSockets();
      found.check();
      return found;
    } catch (Throwable e) {
      // JNA throws a bare Error for a native library of another version, and an Error here would
      // break this class, and with it every socket.
      ProgramLog.log(
          System.Logger.Level.DEBUG,
          "no access to the JDK's sockets: " + (e.getCause() == null ? e : e.getCause()));
      return null;
    }
  }

  /** Checks that the members mean what they are taken for, on sockets that are not bound. */
  private void check() throws IOException {
    SocketImpl closed;
    try (ServerSocket server = new ServerSocket();
        Socket socket = new Socket()) {
      socket.setSoTimeout(1);
      SocketImpl listening = impl(server);
      SocketImpl nio = nioBehind(socket);
      if (!isNio(listening)
          || nio == null
          || !isOpen(listening)
          || !isOpen(nio)
          || fd(file(nio)) < 0
          || soTimeout(nio) != 1
          || isBound(nio)
          || (boolean) JdkSocketHandles.NON_BLOCKING.getVolatile(nio)
          || writeLock(nio).isLocked()
          || unconnected(nio) == null) {
        throw new IOException("a new socket is of an unknown kind: " + nio);
      }
      showAsConnected(nio, new InetSocketAddress(InetAddress.getLoopbackAddress(), 1));
      endWrite(nio, beginWrite(nio) == file(nio)); // thrown by one that is not connected
      JdkSocketHandles.STATE.setVolatile(nio, ST_UNCONNECTED);
      closed = nio;
    }
    if (isOpen(closed)) {
      throw new IOException("a closed socket is reported as open: " + closed);
    }
  }

  /** The implementation of a server socket, created if it was not. */
  public SocketImpl impl(ServerSocket socket) throws IOException {
    try {
      return (SocketImpl) JdkSocketHandles.SERVER_SOCKET_IMPL.invokeExact(socket);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  public @Nullable SocketImpl impl(Socket socket) {
    return (SocketImpl) JdkSocketHandles.SOCKET_IMPL.getVolatile(socket);
  }

  public void setImpl(Socket socket, SocketImpl impl) {
    JdkSocketHandles.SOCKET_IMPL.setVolatile(socket, impl);
  }

  /**
   * The {@code NioSocketImpl} that a socket's implementation delegates to, or null if none does.
   */
  public @Nullable SocketImpl nioBehind(Socket socket) {
    SocketImpl impl = impl(socket);
    while (impl != null && !isNio(impl)) {
      impl = behind(impl);
    }
    return impl;
  }

  /** The implementation that another one delegates to; null if it delegates to none. */
  public @Nullable SocketImpl behind(SocketImpl impl) {
    return JdkSocketHandles.DELEGATING_SOCKET_IMPL.isInstance(impl)
        ? (SocketImpl) JdkSocketHandles.DELEGATE.get(impl)
        : null;
  }

  public boolean isNio(@Nullable SocketImpl impl) {
    return JdkSocketHandles.NIO_SOCKET_IMPL.isInstance(impl);
  }

  public boolean isOpen(SocketImpl nio) {
    try {
      return (boolean) JdkSocketHandles.IS_OPEN.invokeExact(nio);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Null before the descriptor is created. */
  public @Nullable FileDescriptor file(SocketImpl nio) {
    return (FileDescriptor) JdkSocketHandles.FILE_DESCRIPTOR.getVolatile(nio);
  }

  public int fd(@Nullable FileDescriptor file) {
    return file == null ? -1 : (int) JdkSocketHandles.DESCRIPTOR.get(file);
  }

  /** The lock under which the JDK changes the state of a socket, and closes it. */
  public Object stateLock(SocketImpl nio) {
    return JdkSocketHandles.STATE_LOCK.get(nio);
  }

  /** The lock that one writer holds for a whole {@code write}. */
  public ReentrantLock writeLock(SocketImpl nio) {
    return (ReentrantLock) JdkSocketHandles.WRITE_LOCK.get(nio);
  }

  /** {@code SO_TIMEOUT} in milliseconds; 0 if there is none. */
  public int soTimeout(SocketImpl nio) {
    return (int) JdkSocketHandles.TIMEOUT.getVolatile(nio);
  }

  /**
   * Calls a function with the descriptor of a socket, which is not closed meanwhile.
   *
   * @param closed the result if it is closed, or has no descriptor yet
   */
  public <T> T withDescriptor(SocketImpl nio, OnDescriptor<T> call, T closed) throws IOException {
    synchronized (stateLock(nio)) {
      int fd = fd(file(nio));
      return fd >= 0 && isOpen(nio) ? call.apply(fd) : closed;
    }
  }

  /** A call with the file of a socket that is open. */
  public interface OnFile {
    void accept(FileDescriptor file) throws IOException;
  }

  /**
   * Calls a function with the file of a socket, which is not closed meanwhile.
   *
   * @return false if it is closed, or has no descriptor yet; nothing was called then
   */
  public boolean withFile(SocketImpl nio, OnFile call) throws IOException {
    synchronized (stateLock(nio)) {
      FileDescriptor file = file(nio);
      if (file == null || !isOpen(nio)) {
        return false;
      }
      call.accept(file);
      return true;
    }
  }

  /**
   * Whether a socket that is not connected is bound. {@code Socket.isBound} can be overridden by a
   * subclass, whose constructor may be running.
   */
  public boolean isBound(SocketImpl nio) {
    return (int) JdkSocketHandles.LOCAL_PORT.get(nio) != 0;
  }

  /** The descriptor of a socket that can be connected; else null. Under the {@link #stateLock}. */
  public @Nullable FileDescriptor unconnected(SocketImpl nio) {
    return (int) JdkSocketHandles.STATE.getVolatile(nio) == ST_UNCONNECTED ? file(nio) : null;
  }

  /**
   * Makes the JDK treat a socket as connected, except for its local port. Called under the {@link
   * #stateLock}, for a socket that is {@link #unconnected}.
   */
  public void showAsConnected(SocketImpl nio, InetSocketAddress remote) {
    JdkSocketHandles.REMOTE_ADDRESS.set(nio, remote.getAddress());
    JdkSocketHandles.REMOTE_PORT.set(nio, remote.getPort());
    JdkSocketHandles.STATE.setVolatile(nio, ST_CONNECTED);
  }

  /** Whether the sockets are of the family {@code AF_INET6}. */
  public boolean isIpv6() {
    return JdkSocketHandles.IS_IPV6;
  }

  public void connect(SocketImpl nio, SocketAddress remote, int timeoutMillis) throws IOException {
    try {
      JdkSocketHandles.CONNECT.invokeExact(nio, remote, timeoutMillis);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  public InputStream inputStream(SocketImpl nio) throws IOException {
    try {
      return (InputStream) JdkSocketHandles.INPUT_STREAM.invokeExact(nio);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  public OutputStream outputStream(SocketImpl nio) throws IOException {
    try {
      return (OutputStream) JdkSocketHandles.OUTPUT_STREAM.invokeExact(nio);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  public int available(SocketImpl nio) throws IOException {
    try {
      return (int) JdkSocketHandles.AVAILABLE.invokeExact(nio);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  public void close(SocketImpl nio) throws IOException {
    try {
      JdkSocketHandles.CLOSE.invokeExact(nio);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  public boolean isVirtual(Thread thread) {
    MethodHandle isVirtual = JdkSocketHandles.IS_VIRTUAL;
    try {
      return isVirtual != null && (boolean) isVirtual.invokeExact(thread);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Keeps a close by another thread from closing the descriptor; that close wakes this thread. */
  public FileDescriptor beginWrite(SocketImpl nio) throws IOException {
    try {
      return (FileDescriptor) JdkSocketHandles.BEGIN_WRITE.invokeExact(nio);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  /**
   * Ends what {@link #beginWrite} began.
   *
   * @param completed whether it succeeded; if not, and the socket was closed, an exception says so
   */
  public void endWrite(SocketImpl nio, boolean completed) throws IOException {
    try {
      JdkSocketHandles.END_WRITE.invokeExact(nio, completed);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  /**
   * Waits until the socket can be written to, is closed, or the time is over, as the JDK's {@code
   * park} does.
   *
   * @param nanos the time in nanoseconds; 0 for no limit
   * @return as {@link #isWritable}
   */
  public boolean awaitWritable(SocketImpl nio, FileDescriptor file, long nanos) throws IOException {
    if (isVirtual(Thread.currentThread())) {
      try {
        JdkSocketHandles.PARK.invokeExact(nio, file, JdkSocketHandles.POLL_OUT, nanos);
      } catch (Throwable e) {
        throw rethrown(e);
      }
      return isWritable(file);
    }
    return isWritable(file, nanos == 0 ? -1 : TimeUnit.NANOSECONDS.toMillis(nanos - 1) + 1);
  }

  /** Whether the socket can be written to now, and has neither an error nor an end. */
  public boolean isWritable(FileDescriptor file) throws IOException {
    return isWritable(file, 0);
  }

  private static boolean isWritable(FileDescriptor file, long millis) throws IOException {
    return poll(file, millis) == JdkSocketHandles.POLL_OUT;
  }

  /** Whether the socket can be written to now, has an error or an end, or is closed. */
  public boolean hasEvent(SocketImpl nio) throws IOException {
    synchronized (stateLock(nio)) {
      FileDescriptor file = file(nio);
      return file == null || !isOpen(nio) || poll(file, 0) != 0;
    }
  }

  private static int poll(FileDescriptor file, long millis) throws IOException {
    try {
      return (int) JdkSocketHandles.POLL.invokeExact(file, JdkSocketHandles.POLL_OUT, millis);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  /** Whether a connect that is under way has succeeded; throws what it failed with. */
  public boolean pollConnectNow(FileDescriptor file) throws IOException {
    try {
      return (boolean) JdkSocketHandles.POLL_CONNECT_NOW.invokeExact(file);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  /**
   * Adds the address to a connect's exception, if {@code jdk.includeInExceptions} asks for that.
   */
  public IOException withAddress(IOException e, SocketAddress remote) {
    MethodHandle withAddress = JdkSocketHandles.WITH_ADDRESS;
    try {
      return withAddress == null ? e : (IOException) withAddress.invokeExact(e, remote);
    } catch (Throwable other) {
      throw unexpected(other);
    }
  }

  /** Returns the {@code IOException} that a method of the JDK threw; throws any other one. */
  static IOException rethrown(Throwable e) {
    if (e instanceof IOException declared) {
      return declared;
    }
    throw unexpected(e);
  }

  static RuntimeException unexpected(Throwable e) {
    if (e instanceof Error error) {
      throw error;
    }
    return e instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(e);
  }
}
