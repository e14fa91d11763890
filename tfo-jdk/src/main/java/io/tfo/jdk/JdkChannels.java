package io.tfo.jdk;

import java.io.FileDescriptor;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.nio.channels.spi.SelectorProvider;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Access to private fields of the JDK's channels: the descriptor, and the state from which {@link
 * SocketChannel#finishConnect()} goes on. Final fields are read, never written.
 */
public final class JdkChannels {
  /** Null where this JDK denies access. */
  public static final @Nullable JdkChannels ACCESS;

  /** Why {@link #ACCESS} is null. */
  public static final @Nullable Throwable DENIED;

  static {
    JdkChannels access = null;
    Throwable denied = null;
    try {
      JdkChannelHandles.load();
      access = new JdkChannels();
    } catch (Throwable e) {
      // JNA throws a bare Error for a native library of another version. An Error here would break
      // this class, and with it every connect.
      denied = e instanceof ExceptionInInitializerError && e.getCause() != null ? e.getCause() : e;
    }
    ACCESS = access;
    DENIED = denied;
  }

  private static final int ST_UNCONNECTED = 0;
  private static final int ST_CONNECTIONPENDING = 1;
  private static final int ST_CONNECTED = 2;

  private JdkChannels() {}

  /** Returns what {@link SelectorProvider#provider()} returns where nothing is configured. */
  public static SelectorProvider provider() throws IllegalAccessException {
    return (SelectorProvider) call("sun.nio.ch.DefaultSelectorProvider", "get");
  }

  /** The same for {@link AsynchronousChannelProvider#provider()}. */
  public static AsynchronousChannelProvider asynchronousProvider() throws IllegalAccessException {
    return (AsynchronousChannelProvider)
        call("sun.nio.ch.DefaultAsynchronousChannelProvider", "create");
  }

  private static Object call(String holderName, String method) throws IllegalAccessException {
    try {
      Class<?> holder = Privileged.classForName(holderName);
      return JdkChannelHandles.privateLookup(holder)
          .unreflect(holder.getDeclaredMethod(method))
          .invoke();
    } catch (Throwable e) {
      // JNA throws a bare Error for a native library of another version. Where a class
      // could not be initialised before, the exception does not tell why.
      Throwable why = DENIED == null ? e : DENIED;
      throw (IllegalAccessException) new IllegalAccessException(why.toString()).initCause(e);
    }
  }

  /**
   * Checks on a channel that was just opened that the fields mean what this class takes them for.
   *
   * @throws IOException if they do not
   */
  public void check(SocketChannel unconnected) throws IOException {
    if (!isJdk(unconnected)
        || fd(unconnected) < 0
        || (int) JdkChannelHandles.STATE.getVolatile(unconnected) != ST_UNCONNECTED
        || hasLocalAddress(unconnected)
        || JdkChannelHandles.REMOTE_ADDRESS.get(unconnected) != null
        || isUnix(unconnected)
        || !showsAsPending(unconnected)) {
      throw new IOException("a new channel is of an unknown kind: " + unconnected.getClass());
    }
  }

  private boolean showsAsPending(SocketChannel unconnected) {
    synchronized (stateLock(unconnected)) {
      JdkChannelHandles.STATE.setVolatile(unconnected, ST_CONNECTIONPENDING);
      boolean pending = unconnected.isConnectionPending();
      JdkChannelHandles.STATE.setVolatile(unconnected, ST_UNCONNECTED);
      return pending && !unconnected.isConnectionPending();
    }
  }

  public boolean isJdk(SocketChannel channel) {
    return JdkChannelHandles.SOCKET_CHANNEL.isInstance(channel);
  }

  public boolean isJdk(ServerSocketChannel channel) {
    return JdkChannelHandles.SERVER_SOCKET_CHANNEL.isInstance(channel);
  }

  public boolean isIpv6(SocketChannel channel) {
    return JdkChannelHandles.FAMILY.get(channel) == StandardProtocolFamily.INET6;
  }

  public boolean isUnix(SocketChannel channel) {
    return JdkChannelHandles.FAMILY.get(channel) == StandardProtocolFamily.UNIX;
  }

  public int fd(SocketChannel channel) {
    return (int) JdkChannelHandles.FD_VAL.get(channel);
  }

  public int fd(ServerSocketChannel channel) {
    return (int) JdkChannelHandles.SERVER_FD_VAL.get(channel);
  }

  /** The lock under which the JDK changes a channel's state, and closes its descriptor. */
  public Object stateLock(SocketChannel channel) {
    return JdkChannelHandles.STATE_LOCK.get(channel);
  }

  public Object stateLock(ServerSocketChannel channel) {
    return JdkChannelHandles.SERVER_STATE_LOCK.get(channel);
  }

  /**
   * Whether the channel is open, and neither connected nor pending. Another thread may change it.
   */
  public boolean isUnconnected(SocketChannel channel) {
    return channel.isOpen() && (int) JdkChannelHandles.STATE.getVolatile(channel) == ST_UNCONNECTED;
  }

  /** Whether the channel is or was bound or connected; a close does not change that. */
  public boolean hasLocalAddress(SocketChannel channel) {
    return JdkChannelHandles.LOCAL_ADDRESS.get(channel) != null;
  }

  public @Nullable SocketAddress localAddress(SocketChannel channel) {
    return (SocketAddress) JdkChannelHandles.LOCAL_ADDRESS.get(channel);
  }

  /**
   * Makes a channel pending again whose connect the kernel has deferred.
   *
   * @param localBefore its local address before the connect
   */
  public void toPending(SocketChannel channel, @Nullable SocketAddress localBefore) {
    synchronized (stateLock(channel)) {
      if (channel.isOpen() // else a delayed close expects it to be connected
          && (int) JdkChannelHandles.STATE.getVolatile(channel) == ST_CONNECTED) {
        JdkChannelHandles.LOCAL_ADDRESS.set(channel, localBefore);
        JdkChannelHandles.STATE.setVolatile(channel, ST_CONNECTIONPENDING);
      }
    }
  }

  /** Makes a pending channel connected; returns whether it was pending. */
  public boolean toConnected(SocketChannel channel, SocketAddress local) {
    synchronized (stateLock(channel)) {
      boolean pending = channel.isOpen() && channel.isConnectionPending();
      if (pending) {
        JdkChannelHandles.LOCAL_ADDRESS.set(channel, local);
        JdkChannelHandles.STATE.setVolatile(channel, ST_CONNECTED);
      }
      return pending;
    }
  }

  /**
   * Begins a plain connect in place of a deferred one that the system does not make, on a
   * {@linkplain FreshSocket fresh socket} under the channel's number, and without waiting. What the
   * program has seen stays: the state, the options, the registrations with selectors and, if it is
   * still free, the local port.
   *
   * <p>Called with the {@link #readLock} and the {@link #writeLock} held, in non-blocking mode. So
   * no other thread uses the old socket, or closes its descriptor.
   *
   * @param bound the local address that the program has bound the channel to; null for none
   * @return the local address; null if the channel still has its old socket, for example because
   *     the process can open no more descriptors
   * @throws IOException what the connect has failed with
   */
  public @Nullable InetSocketAddress connectAnew(
      SocketChannel channel, InetSocketAddress remote, @Nullable SocketAddress bound)
      throws IOException {
    FileDescriptor file = (FileDescriptor) JdkChannelHandles.FILE.get(channel);
    ProtocolFamily family = (ProtocolFamily) JdkChannelHandles.FAMILY.get(channel);
    synchronized (stateLock(channel)) {
      int port;
      try {
        if (!EpollRegistrations.areKnown(channel)) {
          return null;
        }
        port = FreshSocket.localAddress(file).getPort();
        FreshSocket.replace(file, family, channel.supportedOptions());
      } catch (IOException | LinkageError e) {
        return null;
      }
      try {
        InetAddress address = bound instanceof InetSocketAddress inet ? inet.getAddress() : null;
        FreshSocket.connect(file, family, address, port, remote);
        InetSocketAddress local = FreshSocket.localAddress(file);
        if (isStillConnected(channel)) {
          JdkChannelHandles.LOCAL_ADDRESS.set(channel, local);
        }
        return local;
      } finally {
        EpollRegistrations.renew(channel, fd(channel));
      }
    }
  }

  /** Takes the error of a connect that has failed; null if the socket has none to tell. */
  public @Nullable IOException takeError(SocketChannel channel) {
    FileDescriptor file = (FileDescriptor) JdkChannelHandles.FILE.get(channel);
    synchronized (stateLock(channel)) {
      try {
        boolean unused =
            channel.isOpen() && (boolean) JdkSocketHandles.POLL_CONNECT_NOW.invokeExact(file);
        return null;
      } catch (LinkageError e) { // no access to the JDK's sockets
        return null;
      } catch (IOException e) {
        return e;
      } catch (Throwable e) {
        throw JdkSockets.unexpected(e);
      }
    }
  }

  /** Whether the channel was connected when it was closed, and the JDK has not closed it yet. */
  public boolean isStillConnected(SocketChannel channel) {
    return (int) JdkChannelHandles.STATE.getVolatile(channel) == ST_CONNECTED;
  }

  public ReentrantLock readLock(SocketChannel channel) {
    return (ReentrantLock) JdkChannelHandles.READ_LOCK.get(channel);
  }

  /**
   * The lock that the JDK's close of a channel in non-blocking mode waits for, before it closes the
   * descriptor. Unlike the state's lock, it is not held while the system closes the descriptor,
   * which can take as long as SO_LINGER says.
   */
  public ReentrantLock writeLock(SocketChannel channel) {
    return (ReentrantLock) JdkChannelHandles.WRITE_LOCK.get(channel);
  }

  /**
   * Calls a function with the descriptor of a channel in non-blocking mode, without a wait.
   *
   * @param otherwise what to return where another thread writes or closes, or the channel is closed
   *     or in blocking mode
   */
  public <T> T withDescriptor(SocketChannel channel, JdkSockets.OnDescriptor<T> call, T otherwise)
      throws IOException {
    ReentrantLock lock = writeLock(channel);
    if (!lock.tryLock()) {
      return otherwise;
    }
    try {
      return channel.isOpen() && !channel.isBlocking() ? call.apply(fd(channel)) : otherwise;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Connects as the JDK does, whatever the class of the channel. A channel of this library's
   * selector provider would itself defer and count the connect.
   */
  public boolean connect(SocketChannel channel, SocketAddress remote) throws IOException {
    if (!isJdk(channel) || channel.getClass() == JdkChannelHandles.SOCKET_CHANNEL) {
      return channel.connect(remote);
    }
    try {
      return (boolean) JdkChannelHandles.OwnBeginning.CONNECT.invokeExact(channel, remote);
    } catch (IOException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e); // the method declares no other
    }
  }

  /**
   * Binds as the JDK does, whatever the class of the channel. A channel of this library's selector
   * provider would itself count the listener.
   */
  public void bind(ServerSocketChannel channel, @Nullable SocketAddress local, int backlog)
      throws IOException {
    if (!isJdk(channel) || channel.getClass() == JdkChannelHandles.SERVER_SOCKET_CHANNEL) {
      channel.bind(local, backlog);
      return;
    }
    try {
      JdkChannelHandles.OwnBeginning.BIND.invokeExact(channel, local, backlog);
    } catch (IOException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e); // the method declares no other
    }
  }

  /** Closes a channel as the JDK does, whether or not a subclass overrides that. */
  public void close(SocketChannel channel) throws IOException {
    call(JdkChannelHandles.Own.CLOSE, channel);
  }

  public void shutdownInput(SocketChannel channel) throws IOException {
    call(JdkChannelHandles.Own.SHUTDOWN_INPUT, channel);
  }

  public void shutdownOutput(SocketChannel channel) throws IOException {
    call(JdkChannelHandles.Own.SHUTDOWN_OUTPUT, channel);
  }

  private static void call(MethodHandle method, SocketChannel channel) throws IOException {
    try {
      method.invokeExact(channel);
    } catch (IOException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e); // the methods declare no other
    }
  }

  /** Sends the SYN of a connect. */
  public interface SynSender {
    /** The result of {@link #send} if nothing has happened. */
    int NOT_SENT = -1;

    /**
     * Sends the SYN on a descriptor.
     *
     * @return how many bytes of the data were taken, once a connect is under way; {@link #NOT_SENT}
     *     if none is
     */
    int send(int fd, ByteBuffer synData) throws IOException;
  }

  /**
   * Begins a connect under the channel's own lock, so no other thread connects or closes it
   * meanwhile.
   *
   * @return what the sender returned; {@code NOT_SENT} also for a channel that cannot be connected
   */
  public int connect(
      SocketChannel channel, SocketAddress remote, ByteBuffer synData, SynSender sender)
      throws IOException {
    synchronized (stateLock(channel)) {
      if (!isUnconnected(channel)) {
        return SynSender.NOT_SENT;
      }
      int taken = sender.send(fd(channel), synData);
      if (taken != SynSender.NOT_SENT) {
        JdkChannelHandles.REMOTE_ADDRESS.set(channel, remote);
        JdkChannelHandles.STATE.setVolatile(channel, ST_CONNECTIONPENDING);
      }
      return taken;
    }
  }
}
