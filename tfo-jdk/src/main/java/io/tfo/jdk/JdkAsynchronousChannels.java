package io.tfo.jdk;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousChannel;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Access to private members of the JDK's asynchronous channels on Linux: the descriptor, the state
 * of a connect, and its handler or future. Final fields are read, never written.
 */
public final class JdkAsynchronousChannels {
  /** Null where this JDK denies access, or its classes have changed. */
  public static final @Nullable JdkAsynchronousChannels ACCESS = find();

  private static final int ST_UNCONNECTED = 0;
  private static final int ST_PENDING = 1;
  private static final int ST_CONNECTED = 2;
  private static final int EPOLL_CTL_DEL = 2;

  /** Whether a channel was opened whose fields do not mean what this class takes them for. */
  private volatile boolean isUnknown;

  private JdkAsynchronousChannels() {}

  private static @Nullable JdkAsynchronousChannels find() {
    try {
      JdkAsynchronousHandles.load();
      return new JdkAsynchronousChannels();
    } catch (Throwable e) {
      // JNA throws a bare Error for a native library of another version.
      warn(String.valueOf(e.getCause() == null ? e : e.getCause()));
      return null;
    }
  }

  private static void warn(String reason) {
    ProgramLog.log(
        System.Logger.Level.WARNING,
        "connects of asynchronous channels cannot be deferred: " + reason);
  }

  /**
   * Opens a channel of the JDK's, as its provider does, whose close can be {@linkplain
   * #observeClose observed}.
   *
   * @param provider the JDK's
   * @param group the JDK's; null for its default group
   * @return null where its fields do not mean what this class takes them for, from then on always
   * @throws IOException if the JDK cannot open one
   */
  public @Nullable AsynchronousSocketChannel open(
      AsynchronousChannelProvider provider, @Nullable AsynchronousChannelGroup group)
      throws IOException {
    if (isUnknown) {
      return null;
    }
    AsynchronousSocketChannel channel;
    try {
      channel =
          (AsynchronousSocketChannel) JdkAsynchronousHandles.OPEN.invokeExact(provider, group);
    } catch (Throwable e) {
      throw rethrown(e);
    }
    if (isKnown(channel)) {
      return channel;
    }
    isUnknown = true;
    warn("a new channel is of an unknown kind: " + channel);
    channel.close();
    return null;
  }

  private static boolean isKnown(AsynchronousSocketChannel channel) {
    return (int) JdkAsynchronousHandles.FD_VAL.get(channel) >= 0
        && state(channel) == ST_UNCONNECTED
        && JdkAsynchronousHandles.LOCAL_ADDRESS.getVolatile(channel) == null
        && JdkAsynchronousHandles.REMOTE_ADDRESS.getVolatile(channel) == null;
  }

  /**
   * Sets a function to call with the descriptor when the channel is marked as closed, before the
   * descriptor is closed. No other thread uses the descriptor then.
   *
   * @param observer the function; null for none
   */
  @SuppressWarnings("unchecked")
  public void observeClose(AsynchronousSocketChannel channel, @Nullable IntConsumer observer) {
    ((Consumer<IntConsumer>) channel).accept(observer);
  }

  /**
   * {@code SocketExceptions} are I/O exceptions; groups that are shut down throw unchecked ones.
   */
  private static IOException rethrown(Throwable e) {
    if (e instanceof RuntimeException unchecked) {
      throw unchecked;
    }
    return JdkSockets.rethrown(e);
  }

  /**
   * Calls a handler as the JDK does for an operation that completes at once: in this thread if it
   * belongs to the channel's group and the calls are not nested too deeply; else in one of the
   * group's threads.
   *
   * @param failure null if it is completed with {@code value}
   */
  public <V, A> void complete(
      AsynchronousSocketChannel channel,
      CompletionHandler<V, ? super A> handler,
      @Nullable A attachment,
      @Nullable V value,
      @Nullable Throwable failure) {
    try {
      JdkAsynchronousHandles.INVOKE.invokeExact(
          (AsynchronousChannel) channel,
          (CompletionHandler<?, ?>) handler,
          (Object) attachment,
          (Object) value,
          failure);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e); // the method declares no other
    }
  }

  /** Returns the text of the JDK's own channel, with the name of the JDK's class. */
  public String text(AsynchronousSocketChannel channel) {
    String text = channel.toString();
    return JdkAsynchronousHandles.SOCKET_CHANNEL.getName() + text.substring(text.indexOf('['));
  }

  public boolean isUnconnected(AsynchronousSocketChannel channel) {
    return channel.isOpen() && state(channel) == ST_UNCONNECTED;
  }

  /** Whether the JDK treats the channel as connected; a close does not change that. */
  public boolean isConnected(AsynchronousSocketChannel channel) {
    return state(channel) == ST_CONNECTED;
  }

  /** Whether the JDK waits for the answer to a connect, and has not noticed one. */
  public boolean isConnectPending(AsynchronousSocketChannel channel) {
    synchronized (JdkAsynchronousHandles.UPDATE_LOCK.get(channel)) {
      return (boolean) JdkAsynchronousHandles.CONNECT_PENDING.get(channel);
    }
  }

  private static int state(AsynchronousSocketChannel channel) {
    return (int) JdkAsynchronousHandles.STATE.getVolatile(channel);
  }

  public @Nullable InetSocketAddress localAddress(AsynchronousSocketChannel channel) {
    return (InetSocketAddress) JdkAsynchronousHandles.LOCAL_ADDRESS.getVolatile(channel);
  }

  /**
   * Calls a function with the descriptor, which no other thread closes meanwhile. Never waits for
   * long: a close holds this lock only as long as it notes that the channel is closed.
   *
   * @param otherwise what to return where the channel is closed
   */
  public <T> T withDescriptor(
      AsynchronousSocketChannel channel, JdkSockets.OnDescriptor<T> call, T otherwise)
      throws IOException {
    Lock open = openLock(channel);
    open.lock();
    try {
      return channel.isOpen()
          ? call.apply((int) JdkAsynchronousHandles.FD_VAL.get(channel))
          : otherwise;
    } finally {
      open.unlock();
    }
  }

  /** The lock that the JDK holds while it uses a descriptor. */
  private static Lock openLock(AsynchronousSocketChannel channel) {
    return ((ReadWriteLock) JdkAsynchronousHandles.CLOSE_LOCK.get(channel)).readLock();
  }

  /**
   * Makes a connect that has returned before its answer pending again. The JDK finishes it when the
   * answer comes.
   *
   * @param localBefore the local address before the connect
   * @param handler what the JDK calls then; null for a future
   * @return the future, where there is no handler
   * @throws AsynchronousCloseException if the channel is closed
   */
  public <A> Future<Void> pendAgain(
      AsynchronousSocketChannel channel,
      @Nullable InetSocketAddress localBefore,
      @Nullable A attachment,
      @Nullable CompletionHandler<Void, ? super A> handler)
      throws IOException {
    Future<Void> future = newConnectFuture(channel);
    Lock open = openLock(channel);
    open.lock();
    try {
      if (!channel.isOpen()) {
        throw new AsynchronousCloseException();
      }
      synchronized (JdkAsynchronousHandles.STATE_LOCK.get(channel)) {
        JdkAsynchronousHandles.STATE.setVolatile(channel, ST_PENDING);
        JdkAsynchronousHandles.LOCAL_ADDRESS.setVolatile(channel, localBefore);
        JdkAsynchronousHandles.REMOTE_ADDRESS.setVolatile(channel, null);
      }
      synchronized (JdkAsynchronousHandles.UPDATE_LOCK.get(channel)) {
        JdkAsynchronousHandles.CONNECT_HANDLER.set(channel, handler);
        JdkAsynchronousHandles.CONNECT_ATTACHMENT.set(channel, (Object) attachment);
        JdkAsynchronousHandles.CONNECT_FUTURE.set(channel, handler == null ? future : null);
        JdkAsynchronousHandles.CONNECT_PENDING.set(channel, true);
        JdkAsynchronousHandles.UPDATE_EVENTS.invokeExact(channel);
      }
      return future;
    } catch (IOException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e); // the methods declare no other
    } finally {
      open.unlock();
    }
  }

  @SuppressWarnings("unchecked")
  private static Future<Void> newConnectFuture(AsynchronousSocketChannel channel) {
    try {
      return (Future<Void>)
          (Future<?>) JdkAsynchronousHandles.NEW_CONNECT_FUTURE.invokeExact(channel);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e); // the constructor declares no other
    }
  }

  /**
   * Makes the JDK refuse other writes, as it does during a write of its own.
   *
   * @return false if the JDK will refuse this one
   */
  public boolean beginWrite(AsynchronousSocketChannel channel) {
    synchronized (JdkAsynchronousHandles.WRITE_LOCK.get(channel)) {
      boolean begins =
          !(boolean) JdkAsynchronousHandles.WRITING.get(channel)
              && !(boolean) JdkAsynchronousHandles.WRITE_KILLED.get(channel)
              && !(boolean) JdkAsynchronousHandles.WRITE_SHUTDOWN.get(channel);
      if (begins) {
        JdkAsynchronousHandles.WRITING.set(channel, true);
      }
      return begins;
    }
  }

  /** Whether a write is under way. Its rest may wait for the system, or for a thread. */
  public boolean isWriting(AsynchronousSocketChannel channel) {
    synchronized (JdkAsynchronousHandles.WRITE_LOCK.get(channel)) {
      return (boolean) JdkAsynchronousHandles.WRITING.get(channel);
    }
  }

  /** Ends what {@link #beginWrite} began. */
  public void endWrite(AsynchronousSocketChannel channel) {
    synchronized (JdkAsynchronousHandles.WRITE_LOCK.get(channel)) {
      JdkAsynchronousHandles.WRITING.set(channel, false);
    }
  }

  /**
   * Writes what is left of the data, after {@link #beginWrite}, and ends the write.
   *
   * @param source the buffer; null where there are several
   * @param sources the buffers of a gathering write; null where there is one buffer
   * @param timeout 0 for none
   * @param handler what the JDK calls then; null for a future
   * @return the future, where there is no handler
   */
  @SuppressWarnings("unchecked")
  public <V extends Number, A> Future<V> writeRest(
      AsynchronousSocketChannel channel,
      @Nullable ByteBuffer source,
      ByteBuffer @Nullable [] sources,
      long timeout,
      TimeUnit unit,
      @Nullable A attachment,
      @Nullable CompletionHandler<V, ? super A> handler) {
    try {
      return (Future<V>)
          (Future<?>)
              JdkAsynchronousHandles.WRITE.invokeExact(
                  channel,
                  sources != null,
                  source,
                  sources,
                  timeout,
                  unit,
                  (Object) attachment,
                  (CompletionHandler<?, ?>) handler);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e); // the method declares no other
    }
  }

  /** A shutdown of the input or the output, with the argument of shutdown(2). */
  public enum Shutdown {
    INPUT(0),
    OUTPUT(1);

    /** {@code SHUT_RD}, {@code SHUT_WR}. */
    private final int how;

    Shutdown(int how) {
      this.how = how;
    }
  }

  /** Makes the JDK treat the channel as shut down, and leaves the system call for later. */
  public void showAsShutdown(AsynchronousSocketChannel channel, Shutdown which) {
    if (which == Shutdown.INPUT) {
      synchronized (JdkAsynchronousHandles.READ_LOCK.get(channel)) {
        JdkAsynchronousHandles.READ_SHUTDOWN.set(channel, true);
      }
    } else {
      synchronized (JdkAsynchronousHandles.WRITE_LOCK.get(channel)) {
        JdkAsynchronousHandles.WRITE_SHUTDOWN.set(channel, true);
      }
    }
  }

  /** Makes the system call of a shutdown. Called only inside {@link #withDescriptor}. */
  public void shutdown(AsynchronousSocketChannel channel, Shutdown which) throws IOException {
    try {
      JdkAsynchronousHandles.SHUTDOWN.invokeExact(file(channel), which.how);
    } catch (Throwable e) {
      throw JdkSockets.rethrown(e);
    }
  }

  /** Begins a plain connect by the JDK's own call. Called only inside {@link #withDescriptor}. */
  public void connect(AsynchronousSocketChannel channel, InetSocketAddress remote)
      throws IOException {
    try {
      int unused =
          (int)
              JdkAsynchronousHandles.CONNECT.invokeExact(
                  file(channel), remote.getAddress(), remote.getPort());
    } catch (Throwable e) {
      throw JdkSockets.rethrown(e);
    }
  }

  /**
   * Begins a plain connect in place of a deferred one that the system does not make, as {@link
   * JdkChannels#connectAnew} does. The caller then calls {@link #awaitEvents}, also if this method
   * throws.
   *
   * <p>Waits until no thread uses the descriptor. Where the channel is being closed, none does.
   *
   * @param bound the local address that the program has bound the channel to; null for none
   * @param isClosing whether it is called from the channel's close
   * @return false if the channel still has its old socket, for example because the process can open
   *     no more descriptors
   * @throws IOException what the connect has failed with
   */
  public boolean connectAnew(
      AsynchronousSocketChannel channel,
      InetSocketAddress remote,
      @Nullable InetSocketAddress bound,
      boolean isClosing)
      throws IOException {
    Lock alone = ((ReadWriteLock) JdkAsynchronousHandles.CLOSE_LOCK.get(channel)).writeLock();
    alone.lock();
    try {
      return (isClosing || channel.isOpen()) && connectAnew(channel, remote, bound);
    } finally {
      alone.unlock();
    }
  }

  private static boolean connectAnew(
      AsynchronousSocketChannel channel,
      InetSocketAddress remote,
      @Nullable InetSocketAddress bound)
      throws IOException {
    FileDescriptor file = file(channel);
    int port;
    try {
      port = FreshSocket.localAddress(file).getPort();
      FreshSocket.replace(file, FreshSocket.anyFamily(), channel.supportedOptions());
    } catch (IOException | LinkageError e) {
      return false;
    }
    InetAddress address = bound == null ? null : bound.getAddress();
    FreshSocket.connect(file, FreshSocket.anyFamily(), address, port, remote);
    if (state(channel) == ST_CONNECTED) {
      JdkAsynchronousHandles.LOCAL_ADDRESS.setVolatile(channel, FreshSocket.localAddress(file));
    }
    return true;
  }

  /**
   * Makes the JDK register with epoll what it waits for: epoll has no registration of a socket that
   * has replaced another. Called only inside {@link #withDescriptor}.
   */
  public void awaitEvents(AsynchronousSocketChannel channel) {
    synchronized (JdkAsynchronousHandles.UPDATE_LOCK.get(channel)) {
      try {
        JdkAsynchronousHandles.UPDATE_EVENTS.invokeExact(channel);
      } catch (Throwable e) {
        throw JdkSockets.unexpected(e);
      }
    }
  }

  private static FileDescriptor file(AsynchronousSocketChannel channel) {
    return (FileDescriptor) JdkAsynchronousHandles.FILE.get(channel);
  }

  /**
   * Removes the epoll registration of a descriptor that is about to be closed. Otherwise the
   * registration would live as long as a duplicate of the descriptor, under a number that another
   * channel may soon have.
   */
  public void unregister(AsynchronousSocketChannel channel, int fd) throws IOException {
    try {
      AsynchronousChannelGroup group =
          (AsynchronousChannelGroup) JdkAsynchronousHandles.GROUP.invokeExact(channel);
      int epoll = (int) JdkAsynchronousHandles.EPOLL.get(group);
      int unused = (int) JdkAsynchronousHandles.EPOLL_CTL.invokeExact(epoll, EPOLL_CTL_DEL, fd, 0);
    } catch (Throwable e) {
      throw JdkSockets.rethrown(e);
    }
  }
}
