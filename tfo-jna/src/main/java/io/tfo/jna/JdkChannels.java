package io.tfo.jna;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import org.jspecify.annotations.Nullable;

/**
 * Access to private fields of the JDK's channels: the descriptor, and the state from which {@link
 * SocketChannel#finishConnect()} goes on. Final fields are read, never written.
 *
 * @param socketChannel {@code sun.nio.ch.SocketChannelImpl}
 * @param serverSocketChannel {@code sun.nio.ch.ServerSocketChannelImpl}
 */
record JdkChannels(
    Class<?> socketChannel,
    Class<?> serverSocketChannel,
    VarHandle fdVal,
    VarHandle family,
    VarHandle stateLock,
    VarHandle state,
    VarHandle localAddress,
    VarHandle remoteAddress,
    VarHandle serverFdVal,
    VarHandle serverStateLock) {

  /** Null where this JDK denies access. A constant, so the JIT compiler sees constant handles. */
  static final @Nullable JdkChannels ACCESS;

  /** Why {@link #ACCESS} is null. */
  static final @Nullable Throwable DENIED;

  static {
    JdkChannels access = null;
    Throwable denied = null;
    try {
      access = find();
    } catch (Throwable e) {
      // JNA throws a bare Error for a native library of another version. An Error here would break
      // this class, and with it every connect.
      denied = e;
    }
    ACCESS = access;
    DENIED = denied;
  }

  private static final int ST_UNCONNECTED = 0;
  private static final int ST_CONNECTIONPENDING = 1;

  private static JdkChannels find() throws ReflectiveOperationException {
    Class<?> socketChannel = Class.forName("sun.nio.ch.SocketChannelImpl");
    Class<?> serverSocketChannel = Class.forName("sun.nio.ch.ServerSocketChannelImpl");
    MethodHandles.Lookup client = privateLookup(socketChannel);
    MethodHandles.Lookup server = privateLookup(serverSocketChannel);
    return new JdkChannels(
        socketChannel,
        serverSocketChannel,
        client.findVarHandle(socketChannel, "fdVal", int.class),
        client.findVarHandle(socketChannel, "family", ProtocolFamily.class),
        client.findVarHandle(socketChannel, "stateLock", Object.class),
        client.findVarHandle(socketChannel, "state", int.class),
        client.findVarHandle(socketChannel, "localAddress", SocketAddress.class),
        client.findVarHandle(socketChannel, "remoteAddress", SocketAddress.class),
        server.findVarHandle(serverSocketChannel, "fdVal", int.class),
        server.findVarHandle(serverSocketChannel, "stateLock", Object.class));
  }

  private static MethodHandles.Lookup privateLookup(Class<?> target) throws IllegalAccessException {
    try {
      return MethodHandles.privateLookupIn(target, MethodHandles.lookup());
    } catch (IllegalAccessException notOpened) {
      return TrustedLookup.read().in(target);
    }
  }

  /** Returns what {@link SelectorProvider#provider()} returns where nothing is configured. */
  static SelectorProvider provider() throws IllegalAccessException {
    try {
      Class<?> holder = Class.forName("sun.nio.ch.DefaultSelectorProvider");
      return (SelectorProvider)
          privateLookup(holder).unreflect(holder.getDeclaredMethod("get")).invoke();
    } catch (Throwable e) {
      // JNA throws a bare Error for a native library of another version.
      throw (IllegalAccessException) new IllegalAccessException(e.toString()).initCause(e);
    }
  }

  /**
   * Checks on a channel that was just opened that the fields mean what this class takes them for.
   *
   * @throws IOException if they do not
   */
  void check(SocketChannel unconnected) throws IOException {
    if (!isJdk(unconnected)
        || fd(unconnected) < 0
        || (int) state.getVolatile(unconnected) != ST_UNCONNECTED
        || hasLocalAddress(unconnected)
        || remoteAddress.get(unconnected) != null
        || isUnix(unconnected)
        || !showsAsPending(unconnected)) {
      throw new IOException("a new channel is not of the known kind: " + unconnected.getClass());
    }
  }

  private boolean showsAsPending(SocketChannel unconnected) {
    synchronized (stateLock(unconnected)) {
      state.setVolatile(unconnected, ST_CONNECTIONPENDING);
      boolean pending = unconnected.isConnectionPending();
      state.setVolatile(unconnected, ST_UNCONNECTED);
      return pending && !unconnected.isConnectionPending();
    }
  }

  boolean isJdk(SocketChannel channel) {
    return socketChannel.isInstance(channel);
  }

  boolean isJdk(ServerSocketChannel channel) {
    return channel.getClass() == serverSocketChannel;
  }

  boolean isIpv6(SocketChannel channel) {
    return family.get(channel) == StandardProtocolFamily.INET6;
  }

  boolean isUnix(SocketChannel channel) {
    return family.get(channel) == StandardProtocolFamily.UNIX;
  }

  int fd(SocketChannel channel) {
    return (int) fdVal.get(channel);
  }

  int fd(ServerSocketChannel channel) {
    return (int) serverFdVal.get(channel);
  }

  /** The lock under which the JDK changes a channel's state, and closes its descriptor. */
  Object stateLock(SocketChannel channel) {
    return stateLock.get(channel);
  }

  Object stateLock(ServerSocketChannel channel) {
    return serverStateLock.get(channel);
  }

  /**
   * Whether the channel is open, and neither connected nor pending. Another thread may change it.
   */
  boolean isUnconnected(SocketChannel channel) {
    return channel.isOpen() && (int) state.getVolatile(channel) == ST_UNCONNECTED;
  }

  /** Whether the channel is or was bound or connected; a close does not change that. */
  boolean hasLocalAddress(SocketChannel channel) {
    return localAddress.get(channel) != null;
  }

  /** Sends the SYN of a connect. */
  interface SynSender {
    /**
     * Sends the SYN on a descriptor.
     *
     * @return how many bytes of the data were taken, once a connect is under way; {@link
     *     NativeTcp#NOT_SENT} if none is
     */
    int send(int fd, ByteBuffer synData) throws IOException;
  }

  /**
   * Begins a connect under the channel's own lock, so no other thread connects or closes it
   * meanwhile.
   *
   * @return what the sender returned; {@code NOT_SENT} also for a channel that cannot be connected
   */
  int connect(SocketChannel channel, SocketAddress remote, ByteBuffer synData, SynSender sender)
      throws IOException {
    synchronized (stateLock(channel)) {
      if (!isUnconnected(channel)) {
        return NativeTcp.NOT_SENT;
      }
      int taken = sender.send(fd(channel), synData);
      if (taken != NativeTcp.NOT_SENT) {
        remoteAddress.set(channel, remote);
        state.setVolatile(channel, ST_CONNECTIONPENDING);
      }
      return taken;
    }
  }
}
