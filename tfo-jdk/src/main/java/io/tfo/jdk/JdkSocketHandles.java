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
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketImpl;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The members of the JDK's sockets that {@link JdkSockets} uses. They are static constants: so the
 * JIT compiler inlines each access, which would otherwise cost more than some system calls.
 *
 * <p>Its initialisation fails where this JDK denies access, or has changed these members.
 */
final class JdkSocketHandles {
  static final Class<?> NIO_SOCKET_IMPL;
  static final Class<?> DELEGATING_SOCKET_IMPL;
  static final VarHandle DELEGATE;
  static final VarHandle SOCKET_IMPL;
  static final MethodHandle SERVER_SOCKET_IMPL;
  static final VarHandle FILE_DESCRIPTOR;
  static final VarHandle DESCRIPTOR;
  static final VarHandle STATE_LOCK;
  static final VarHandle WRITE_LOCK;
  static final VarHandle NON_BLOCKING;
  static final VarHandle TIMEOUT;
  static final VarHandle STATE;
  static final VarHandle REMOTE_ADDRESS;
  static final VarHandle REMOTE_PORT;
  static final VarHandle LOCAL_PORT;

  /** {@code NioSocketImpl} is open in the states below {@code ST_CLOSING}. */
  static final MethodHandle IS_OPEN;

  static final MethodHandle CONNECT;
  static final MethodHandle INPUT_STREAM;
  static final MethodHandle OUTPUT_STREAM;
  static final MethodHandle AVAILABLE;
  static final MethodHandle CLOSE;
  static final MethodHandle BEGIN_WRITE;
  static final MethodHandle END_WRITE;
  static final MethodHandle PARK;
  static final MethodHandle POLL;
  static final MethodHandle POLL_CONNECT_NOW;
  static final boolean IS_IPV6;
  static final int POLL_OUT;
  static final PlainConnect PLAIN_CONNECT;

  /** Null where this JDK does it elsewhere; only an exception's message depends on it. */
  static final @Nullable MethodHandle WITH_ADDRESS;

  /** Null before JDK 21, which has no virtual threads. */
  static final @Nullable MethodHandle IS_VIRTUAL;

  static {
    try {
      MethodHandles.Lookup trusted = TrustedLookup.read();
      NIO_SOCKET_IMPL = Privileged.classForName("sun.nio.ch.NioSocketImpl");
      DELEGATING_SOCKET_IMPL = Privileged.classForName("java.net.DelegatingSocketImpl");
      Class<?> net = Privileged.classForName("sun.nio.ch.Net");
      Class<FileDescriptor> file = FileDescriptor.class;
      MethodHandles.Lookup nio = trusted.in(NIO_SOCKET_IMPL);
      MethodHandles.Lookup impl = trusted.in(SocketImpl.class);
      MethodHandles.Lookup nets = trusted.in(net);
      DELEGATE =
          trusted
              .in(DELEGATING_SOCKET_IMPL)
              .findVarHandle(DELEGATING_SOCKET_IMPL, "delegate", SocketImpl.class);
      SOCKET_IMPL = trusted.in(Socket.class).findVarHandle(Socket.class, "impl", SocketImpl.class);
      SERVER_SOCKET_IMPL =
          trusted
              .in(ServerSocket.class)
              .findVirtual(ServerSocket.class, "getImpl", type(SocketImpl.class));
      FILE_DESCRIPTOR = impl.findVarHandle(SocketImpl.class, "fd", file);
      DESCRIPTOR = trusted.in(file).findVarHandle(file, "fd", int.class);
      STATE_LOCK = nio.findVarHandle(NIO_SOCKET_IMPL, "stateLock", Object.class);
      WRITE_LOCK = nio.findVarHandle(NIO_SOCKET_IMPL, "writeLock", ReentrantLock.class);
      NON_BLOCKING = nio.findVarHandle(NIO_SOCKET_IMPL, "nonBlocking", boolean.class);
      TIMEOUT = nio.findVarHandle(NIO_SOCKET_IMPL, "timeout", int.class);
      STATE = nio.findVarHandle(NIO_SOCKET_IMPL, "state", int.class);
      REMOTE_ADDRESS = impl.findVarHandle(SocketImpl.class, "address", InetAddress.class);
      REMOTE_PORT = impl.findVarHandle(SocketImpl.class, "port", int.class);
      LOCAL_PORT = impl.findVarHandle(SocketImpl.class, "localport", int.class);
      IS_OPEN = own(nio, "isOpen", boolean.class);
      CONNECT =
          impl.findVirtual(
              SocketImpl.class, "connect", type(void.class, SocketAddress.class, int.class));
      INPUT_STREAM = impl.findVirtual(SocketImpl.class, "getInputStream", type(InputStream.class));
      OUTPUT_STREAM =
          impl.findVirtual(SocketImpl.class, "getOutputStream", type(OutputStream.class));
      AVAILABLE = impl.findVirtual(SocketImpl.class, "available", type(int.class));
      CLOSE = impl.findVirtual(SocketImpl.class, "close", type(void.class));
      BEGIN_WRITE = own(nio, "beginWrite", file);
      END_WRITE = own(nio, "endWrite", void.class, boolean.class);
      PARK = own(nio, "park", void.class, file, int.class, long.class);
      POLL = nets.findStatic(net, "poll", type(int.class, file, int.class, long.class));
      POLL_CONNECT_NOW = nets.findStatic(net, "pollConnectNow", type(boolean.class, file));
      POLL_OUT = (short) nets.findStaticVarHandle(net, "POLLOUT", short.class).get();
      IS_IPV6 =
          (boolean) nets.findStatic(net, "isIPv6Available", type(boolean.class)).invokeExact();
      PLAIN_CONNECT = new PlainConnect(trusted, NON_BLOCKING);
      WITH_ADDRESS = withAddress(trusted);
      IS_VIRTUAL = isVirtual(MethodHandles.publicLookup());
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private JdkSocketHandles() {}

  private static MethodType type(Class<?> result, Class<?>... parameters) {
    return MethodType.methodType(result, parameters);
  }

  /** A private method of {@code NioSocketImpl}, called with a {@code SocketImpl}. */
  private static MethodHandle own(
      MethodHandles.Lookup nio, String name, Class<?> result, Class<?>... parameters)
      throws ReflectiveOperationException {
    MethodHandle found = nio.findVirtual(nio.lookupClass(), name, type(result, parameters));
    return found.asType(found.type().changeParameterType(0, SocketImpl.class));
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
        // The next one is tried, if there is one.
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
}
