package io.tfo.jdk;

import java.io.FileDescriptor;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketImpl;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The way into the JDK's own sockets and server sockets: the {@code NioSocketImpl} behind each, its
 * descriptor, its locks, and the steps of its {@code connect} and {@code write}. Final fields are
 * read only.
 */
public final class JdkSockets {
  /** Null where this JDK denies access, or its classes have changed. */
  public static final @Nullable JdkSockets ACCESS = find();

  private static final int ST_UNCONNECTED = 1;
  private static final int ST_CONNECTED = 3;

  /** {@code NioSocketImpl} is open in the states below {@code ST_CLOSING}. */
  private final MethodHandle isOpen;

  private final Class<?> nioSocketImpl;
  private final Class<?> delegatingSocketImpl;
  private final VarHandle delegate;
  private final VarHandle socketImpl;
  private final MethodHandle serverSocketImpl;
  private final VarHandle fileDescriptor;
  private final VarHandle descriptor;
  private final VarHandle stateLock;
  private final VarHandle writeLock;
  private final VarHandle nonBlocking;
  private final VarHandle timeout;
  private final VarHandle state;
  private final VarHandle remoteAddress;
  private final VarHandle remotePort;
  private final MethodHandle connect;
  private final MethodHandle inputStream;
  private final MethodHandle outputStream;
  private final MethodHandle available;
  private final MethodHandle close;
  private final MethodHandle beginWrite;
  private final MethodHandle endWrite;
  private final MethodHandle park;
  private final MethodHandle pollConnectNow;
  private final boolean isIpv6;
  private final int pollOut;

  /** Null where this JDK does it elsewhere; the message of an exception only depends on it. */
  private final @Nullable MethodHandle withAddress;

  /** Null before JDK 21, which has no virtual threads. */
  private final @Nullable MethodHandle isVirtual;

  public final PlainConnect plainConnect;

  /** A call with an open descriptor. */
  public interface OnDescriptor<T> {
    T apply(int fd) throws IOException;
  }

  private JdkSockets(MethodHandles.Lookup trusted) throws ReflectiveOperationException {
    nioSocketImpl = Class.forName("sun.nio.ch.NioSocketImpl");
    delegatingSocketImpl = Class.forName("java.net.DelegatingSocketImpl");
    Class<?> net = Class.forName("sun.nio.ch.Net");
    MethodHandles.Lookup nio = trusted.in(nioSocketImpl);
    MethodHandles.Lookup impl = trusted.in(SocketImpl.class);
    Class<FileDescriptor> file = FileDescriptor.class;
    delegate =
        trusted
            .in(delegatingSocketImpl)
            .findVarHandle(delegatingSocketImpl, "delegate", SocketImpl.class);
    socketImpl = trusted.in(Socket.class).findVarHandle(Socket.class, "impl", SocketImpl.class);
    serverSocketImpl =
        trusted
            .in(ServerSocket.class)
            .findVirtual(ServerSocket.class, "getImpl", MethodType.methodType(SocketImpl.class));
    fileDescriptor = impl.findVarHandle(SocketImpl.class, "fd", file);
    descriptor = trusted.in(file).findVarHandle(file, "fd", int.class);
    stateLock = nio.findVarHandle(nioSocketImpl, "stateLock", Object.class);
    writeLock = nio.findVarHandle(nioSocketImpl, "writeLock", ReentrantLock.class);
    nonBlocking = nio.findVarHandle(nioSocketImpl, "nonBlocking", boolean.class);
    timeout = nio.findVarHandle(nioSocketImpl, "timeout", int.class);
    state = nio.findVarHandle(nioSocketImpl, "state", int.class);
    remoteAddress = impl.findVarHandle(SocketImpl.class, "address", InetAddress.class);
    remotePort = impl.findVarHandle(SocketImpl.class, "port", int.class);
    isOpen = method(nio, "isOpen", boolean.class);
    connect =
        impl.findVirtual(
            SocketImpl.class,
            "connect",
            MethodType.methodType(void.class, SocketAddress.class, int.class));
    inputStream = impl.findVirtual(SocketImpl.class, "getInputStream", type(InputStream.class));
    outputStream = impl.findVirtual(SocketImpl.class, "getOutputStream", type(OutputStream.class));
    available = impl.findVirtual(SocketImpl.class, "available", type(int.class));
    close = impl.findVirtual(SocketImpl.class, "close", type(void.class));
    beginWrite = method(nio, "beginWrite", file);
    endWrite = method(nio, "endWrite", void.class, boolean.class);
    park = method(nio, "park", void.class, file, int.class, long.class);
    pollConnectNow = trusted.in(net).findStatic(net, "pollConnectNow", type(boolean.class, file));
    plainConnect = new PlainConnect(trusted);
    isVirtual = isVirtual(MethodHandles.publicLookup());
    isIpv6 = isIpv6(trusted.in(net));
    withAddress = withAddress(trusted);
    pollOut = (short) trusted.in(net).findStaticVarHandle(net, "POLLOUT", short.class).get();
  }

  private static @Nullable MethodHandle withAddress(MethodHandles.Lookup trusted) {
    String[][] candidates = {
      {"sun.net.util.SocketExceptions", "of"}, // before JDK 25
      {"jdk.internal.util.Exceptions", "ioException"}
    };
    MethodType type = type(IOException.class, IOException.class, SocketAddress.class);
    for (String[] candidate : candidates) {
      try {
        Class<?> exceptions = Class.forName(candidate[0], false, null);
        return trusted.in(exceptions).findStatic(exceptions, candidate[1], type);
      } catch (ReflectiveOperationException e) {
        // The next one, or none.
      }
    }
    return null;
  }

  private static @Nullable MethodHandle isVirtual(MethodHandles.Lookup lookup)
      throws IllegalAccessException {
    try {
      return lookup.findVirtual(Thread.class, "isVirtual", type(boolean.class));
    } catch (NoSuchMethodException e) {
      return null;
    }
  }

  /** Whether the JDK's sockets are of the family {@code AF_INET6}. */
  private static boolean isIpv6(MethodHandles.Lookup net) throws ReflectiveOperationException {
    try {
      return (boolean)
          net.findStatic(net.lookupClass(), "isIPv6Available", type(boolean.class)).invokeExact();
    } catch (ReflectiveOperationException e) {
      throw e;
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private static MethodType type(Class<?> result, Class<?>... parameters) {
    return MethodType.methodType(result, parameters);
  }

  /** A private method of {@code NioSocketImpl}, called with a {@code SocketImpl}. */
  private MethodHandle method(
      MethodHandles.Lookup nio, String name, Class<?> result, Class<?>... parameters)
      throws ReflectiveOperationException {
    MethodHandle found = nio.findVirtual(nioSocketImpl, name, type(result, parameters));
    return found.asType(found.type().changeParameterType(0, SocketImpl.class));
  }

  private static @Nullable JdkSockets find() {
    try {
      JdkSockets found = new JdkSockets(TrustedLookup.read());
      found.check();
      return found;
    } catch (Throwable e) {
      // JNA throws a bare Error for a native library of another version, and an Error here would
      // break this class, and with it every socket.
      System.getLogger("io.tfo")
          .log(System.Logger.Level.DEBUG, "no access to the JDK's sockets: " + e);
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
          || (boolean) nonBlocking.getVolatile(nio)
          || writeLock(nio).isLocked()
          || unconnected(nio) == null) {
        throw new IOException("a new socket is not the JDK's as known: " + nio);
      }
      showAsConnected(nio, new InetSocketAddress(InetAddress.getLoopbackAddress(), 1));
      endWrite(nio, beginWrite(nio) == file(nio)); // thrown by one that is not connected
      state.setVolatile(nio, ST_UNCONNECTED);
      closed = nio;
    }
    if (isOpen(closed)) {
      throw new IOException("a closed socket is open: " + closed);
    }
  }

  /** The implementation of a server socket, created if it was not. */
  public SocketImpl impl(ServerSocket socket) throws IOException {
    try {
      return (SocketImpl) serverSocketImpl.invokeExact(socket);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  public @Nullable SocketImpl impl(Socket socket) {
    return (SocketImpl) socketImpl.getVolatile(socket);
  }

  public void setImpl(Socket socket, SocketImpl impl) {
    socketImpl.setVolatile(socket, impl);
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
    return delegatingSocketImpl.isInstance(impl) ? (SocketImpl) delegate.get(impl) : null;
  }

  public boolean isNio(@Nullable SocketImpl impl) {
    return nioSocketImpl.isInstance(impl);
  }

  public boolean isOpen(SocketImpl nio) {
    try {
      return (boolean) isOpen.invokeExact(nio);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Null before the descriptor is created. */
  public @Nullable FileDescriptor file(SocketImpl nio) {
    return (FileDescriptor) fileDescriptor.getVolatile(nio);
  }

  public int fd(@Nullable FileDescriptor file) {
    return file == null ? -1 : (int) descriptor.get(file);
  }

  /** The lock under which the JDK changes the state of a socket, and closes it. */
  public Object stateLock(SocketImpl nio) {
    return stateLock.get(nio);
  }

  /** The lock that one writer holds for a whole {@code write}. */
  public ReentrantLock writeLock(SocketImpl nio) {
    return (ReentrantLock) writeLock.get(nio);
  }

  /** {@code SO_TIMEOUT} in milliseconds; 0 if there is none. */
  public int soTimeout(SocketImpl nio) {
    return (int) timeout.getVolatile(nio);
  }

  /**
   * Calls with the descriptor of a socket, which is not closed meanwhile.
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
   * Calls with the file of a socket, which is not closed meanwhile.
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

  /** The descriptor of a socket that can be connected; else null. Under the {@link #stateLock}. */
  public @Nullable FileDescriptor unconnected(SocketImpl nio) {
    return (int) state.getVolatile(nio) == ST_UNCONNECTED ? file(nio) : null;
  }

  /**
   * Has the JDK take a socket for connected, in all but its local port. Under the {@link
   * #stateLock}, for one that is {@link #unconnected}.
   */
  public void showAsConnected(SocketImpl nio, InetSocketAddress remote) {
    remoteAddress.set(nio, remote.getAddress());
    remotePort.set(nio, remote.getPort());
    state.setVolatile(nio, ST_CONNECTED);
  }

  /** Whether the sockets are of the family {@code AF_INET6}. */
  public boolean isIpv6() {
    return isIpv6;
  }

  public void connect(SocketImpl nio, SocketAddress remote, int timeoutMillis) throws IOException {
    try {
      connect.invokeExact(nio, remote, timeoutMillis);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  public InputStream inputStream(SocketImpl nio) throws IOException {
    try {
      return (InputStream) inputStream.invokeExact(nio);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  public OutputStream outputStream(SocketImpl nio) throws IOException {
    try {
      return (OutputStream) outputStream.invokeExact(nio);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  public int available(SocketImpl nio) throws IOException {
    try {
      return (int) available.invokeExact(nio);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  public void close(SocketImpl nio) throws IOException {
    try {
      close.invokeExact(nio);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  public boolean isVirtual(Thread thread) {
    try {
      return isVirtual != null && (boolean) isVirtual.invokeExact(thread);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Keeps a close by another thread from closing the descriptor; that close wakes this thread. */
  public FileDescriptor beginWrite(SocketImpl nio) throws IOException {
    try {
      return (FileDescriptor) beginWrite.invokeExact(nio);
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
      endWrite.invokeExact(nio, completed);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  /**
   * Waits until the socket can be written to, is closed, or the time is over.
   *
   * @param nanos the time in nanoseconds; 0 for no limit
   */
  public void parkForWriting(SocketImpl nio, FileDescriptor file, long nanos) throws IOException {
    try {
      park.invokeExact(nio, file, pollOut, nanos);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  /** Whether a connect that is under way has succeeded; throws what it failed with. */
  public boolean pollConnectNow(FileDescriptor file) throws IOException {
    try {
      return (boolean) pollConnectNow.invokeExact(file);
    } catch (Throwable e) {
      throw rethrown(e);
    }
  }

  /** Adds the address to what a connect threw, if {@code jdk.includeInExceptions} asks for that. */
  public IOException withAddress(IOException e, SocketAddress remote) {
    try {
      return withAddress == null ? e : (IOException) withAddress.invokeExact(e, remote);
    } catch (Throwable other) {
      throw unexpected(other);
    }
  }

  /** What a method of the JDK threw: an {@code IOException}, or nothing that it declares. */
  static IOException rethrown(Throwable e) {
    if (e instanceof IOException declared) {
      return declared;
    }
    throw unexpected(e);
  }

  private static RuntimeException unexpected(Throwable e) {
    if (e instanceof Error error) {
      throw error;
    }
    return e instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(e);
  }
}
