package io.tfo.jdk;

import java.io.FileDescriptor;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousChannel;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReadWriteLock;

/**
 * The members of the JDK's asynchronous channels on Linux that {@link JdkAsynchronousChannels}
 * uses: static constants, as in {@link JdkSocketHandles}. Its initialisation fails where this JDK
 * denies access, or has changed them.
 */
final class JdkAsynchronousHandles {
  static final Class<?> SOCKET_CHANNEL;

  /** Opens an {@code ObservedAsynchronousSocketChannel} by the JDK's provider, in a group. */
  static final MethodHandle OPEN;

  static final MethodHandle GROUP;
  static final VarHandle EPOLL;
  static final MethodHandle EPOLL_CTL;

  /** Calls a handler as the JDK does for an operation that completes at once. */
  static final MethodHandle INVOKE;

  static final VarHandle FD_VAL;
  static final VarHandle FILE;
  static final VarHandle CLOSE_LOCK;
  static final VarHandle STATE_LOCK;
  static final VarHandle UPDATE_LOCK;
  static final VarHandle STATE;
  static final VarHandle LOCAL_ADDRESS;
  static final VarHandle REMOTE_ADDRESS;
  static final VarHandle CONNECT_PENDING;
  static final VarHandle CONNECT_HANDLER;
  static final VarHandle CONNECT_ATTACHMENT;
  static final VarHandle CONNECT_FUTURE;
  static final VarHandle READ_LOCK;
  static final VarHandle READ_SHUTDOWN;
  static final VarHandle WRITE_LOCK;
  static final VarHandle WRITE_SHUTDOWN;
  static final VarHandle WRITE_KILLED;
  static final VarHandle WRITING;

  /** Writes without the checks before it. */
  static final MethodHandle WRITE;

  static final MethodHandle UPDATE_EVENTS;

  /** Creates the future of a pending connect. */
  static final MethodHandle NEW_CONNECT_FUTURE;

  /** The calls of {@code Net}. */
  static final MethodHandle CONNECT;

  static final MethodHandle SHUTDOWN;

  static {
    try {
      SOCKET_CHANNEL = Privileged.classForName("sun.nio.ch.UnixAsynchronousSocketChannelImpl");
      Class<?> shared = Privileged.classForName("sun.nio.ch.AsynchronousSocketChannelImpl");
      Class<?> future = Privileged.classForName("sun.nio.ch.PendingFuture");
      Class<?> net = Privileged.classForName("sun.nio.ch.Net");
      Class<?> operation = Privileged.classForName(SOCKET_CHANNEL.getName() + "$OpType");
      Class<FileDescriptor> file = FileDescriptor.class;
      MethodHandles.Lookup trusted = TrustedLookup.read();
      MethodHandles.Lookup linux = trusted.in(SOCKET_CHANNEL);
      MethodHandles.Lookup all = trusted.in(shared);
      FD_VAL = linux.findVarHandle(SOCKET_CHANNEL, "fdVal", int.class);
      UPDATE_LOCK = linux.findVarHandle(SOCKET_CHANNEL, "updateLock", Object.class);
      CONNECT_PENDING = linux.findVarHandle(SOCKET_CHANNEL, "connectPending", boolean.class);
      CONNECT_HANDLER =
          linux.findVarHandle(SOCKET_CHANNEL, "connectHandler", CompletionHandler.class);
      CONNECT_ATTACHMENT = linux.findVarHandle(SOCKET_CHANNEL, "connectAttachment", Object.class);
      CONNECT_FUTURE = linux.findVarHandle(SOCKET_CHANNEL, "connectFuture", future);
      UPDATE_EVENTS =
          linux
              .findVirtual(SOCKET_CHANNEL, "lockAndUpdateEvents", type(void.class))
              .asType(type(void.class, AsynchronousSocketChannel.class));
      FILE = all.findVarHandle(shared, "fd", file);
      CLOSE_LOCK = all.findVarHandle(shared, "closeLock", ReadWriteLock.class);
      STATE_LOCK = all.findVarHandle(shared, "stateLock", Object.class);
      STATE = all.findVarHandle(shared, "state", int.class);
      LOCAL_ADDRESS = all.findVarHandle(shared, "localAddress", InetSocketAddress.class);
      REMOTE_ADDRESS = all.findVarHandle(shared, "remoteAddress", InetSocketAddress.class);
      READ_LOCK = all.findVarHandle(shared, "readLock", Object.class);
      READ_SHUTDOWN = all.findVarHandle(shared, "readShutdown", boolean.class);
      WRITE_LOCK = all.findVarHandle(shared, "writeLock", Object.class);
      WRITE_SHUTDOWN = all.findVarHandle(shared, "writeShutdown", boolean.class);
      WRITE_KILLED = all.findVarHandle(shared, "writeKilled", boolean.class);
      WRITING = all.findVarHandle(shared, "writing", boolean.class);
      MethodType write =
          type(
              Future.class,
              boolean.class,
              ByteBuffer.class,
              ByteBuffer[].class,
              long.class,
              TimeUnit.class,
              Object.class,
              CompletionHandler.class);
      WRITE =
          all.findVirtual(shared, "implWrite", write)
              .asType(write.insertParameterTypes(0, AsynchronousSocketChannel.class));
      Object connect =
          trusted.in(operation).findStaticVarHandle(operation, "CONNECT", operation).get();
      NEW_CONNECT_FUTURE =
          MethodHandles.insertArguments(
                  trusted
                      .in(future)
                      .findConstructor(
                          future, type(void.class, AsynchronousChannel.class, Object.class)),
                  1,
                  connect)
              .asType(type(Future.class, AsynchronousSocketChannel.class));
      Class<?> provider = Privileged.classForName("sun.nio.ch.LinuxAsynchronousChannelProvider");
      Class<?> port = Privileged.classForName("sun.nio.ch.Port");
      Class<?> epollPort = Privileged.classForName("sun.nio.ch.EPollPort");
      Class<?> epoll = Privileged.classForName("sun.nio.ch.EPoll");
      Class<?> invoker = Privileged.classForName("sun.nio.ch.Invoker");
      Class<?> group = Privileged.classForName("sun.nio.ch.AsynchronousChannelGroupImpl");
      OPEN =
          MethodHandles.filterReturnValue(
                  trusted
                      .in(provider)
                      .findVirtual(provider, "toPort", type(port, AsynchronousChannelGroup.class)),
                  HiddenClass.define(
                      "ObservedAsynchronousSocketChannel", SOCKET_CHANNEL, type(void.class, port)))
              .asType(
                  type(
                      AsynchronousSocketChannel.class,
                      AsynchronousChannelProvider.class,
                      AsynchronousChannelGroup.class));
      GROUP =
          linux
              .findVirtual(SOCKET_CHANNEL, "group", type(group))
              .asType(type(AsynchronousChannelGroup.class, AsynchronousSocketChannel.class));
      EPOLL = trusted.in(epollPort).findVarHandle(epollPort, "epfd", int.class);
      EPOLL_CTL =
          trusted
              .in(epoll)
              .findStatic(
                  epoll, "ctl", type(int.class, int.class, int.class, int.class, int.class));
      INVOKE =
          trusted
              .in(invoker)
              .findStatic(
                  invoker,
                  "invoke",
                  type(
                      void.class,
                      AsynchronousChannel.class,
                      CompletionHandler.class,
                      Object.class,
                      Object.class,
                      Throwable.class));
      MethodHandles.Lookup nets = trusted.in(net);
      CONNECT =
          nets.findStatic(net, "connect", type(int.class, file, InetAddress.class, int.class));
      SHUTDOWN = nets.findStatic(net, "shutdown", type(void.class, file, int.class));
      JdkDescriptors.load();
    } catch (IOException | ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private JdkAsynchronousHandles() {}

  /** Initialises this class. */
  static void load() {}

  private static MethodType type(Class<?> result, Class<?>... parameters) {
    return MethodType.methodType(result, parameters);
  }
}
