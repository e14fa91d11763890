package io.tfo.jdk;

import java.io.FileDescriptor;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Puts a new socket under the descriptor number of one that can no longer be connected, by the
 * JDK's own calls, as {@code DatagramChannelImpl} does after a disconnect. The reason: Linux does
 * not cancel the deferral of a connect while the client side of TCP Fast Open is switched off.
 *
 * <p>Its initialisation fails where this JDK denies access, or has changed these members.
 */
final class FreshSocket {
  private static final MethodHandle SOCKET;
  private static final MethodHandle GET_OPTION;
  private static final MethodHandle SET_OPTION;
  private static final MethodHandle CONFIGURE_BLOCKING;
  private static final MethodHandle DUPLICATE;
  private static final MethodHandle CLOSE;
  private static final MethodHandle LOCAL_ADDRESS;
  private static final MethodHandle BIND;
  private static final MethodHandle CONNECT;

  /** The JDK's {@code Net.UNSPEC}: the family of most options, and of sockets for any family. */
  private static final ProtocolFamily ANY_FAMILY;

  private static final boolean IS_IPV6;

  static {
    try {
      Class<?> net = Privileged.classForName("sun.nio.ch.Net");
      Class<?> ioUtil = Privileged.classForName("sun.nio.ch.IOUtil");
      // The JDK's dispatcher whose dup2(2) other classes can call.
      Class<?> dispatcher = Privileged.classForName("sun.nio.ch.DatagramDispatcher");
      Class<FileDescriptor> file = FileDescriptor.class;
      Class<ProtocolFamily> family = ProtocolFamily.class;
      MethodHandles.Lookup trusted = TrustedLookup.read();
      MethodHandles.Lookup nets = trusted.in(net);
      SOCKET = nets.findStatic(net, "socket", type(file, family, boolean.class));
      GET_OPTION =
          nets.findStatic(
              net, "getSocketOption", type(Object.class, file, family, SocketOption.class));
      SET_OPTION =
          nets.findStatic(
              net,
              "setSocketOption",
              type(void.class, file, family, SocketOption.class, Object.class));
      LOCAL_ADDRESS = nets.findStatic(net, "localAddress", type(InetSocketAddress.class, file));
      BIND =
          nets.findStatic(
              net, "bind", type(void.class, family, file, InetAddress.class, int.class));
      CONNECT =
          nets.findStatic(
              net, "connect", type(int.class, family, file, InetAddress.class, int.class));
      ANY_FAMILY = (ProtocolFamily) nets.findStaticVarHandle(net, "UNSPEC", family).get();
      IS_IPV6 =
          (boolean) nets.findStatic(net, "isIPv6Available", type(boolean.class)).invokeExact();
      CONFIGURE_BLOCKING =
          trusted
              .in(ioUtil)
              .findStatic(ioUtil, "configureBlocking", type(void.class, file, boolean.class));
      MethodHandles.Lookup dispatchers = trusted.in(dispatcher);
      MethodHandle newDispatcher = dispatchers.findConstructor(dispatcher, type(void.class));
      DUPLICATE =
          MethodHandles.foldArguments(
              dispatchers.findVirtual(dispatcher, "dup", type(void.class, file, file)),
              newDispatcher);
      CLOSE =
          MethodHandles.foldArguments(
              dispatchers.findVirtual(dispatcher, "close", type(void.class, file)), newDispatcher);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private FreshSocket() {}

  private static MethodType type(Class<?> result, Class<?>... parameters) {
    return MethodType.methodType(result, parameters);
  }

  /** The family of a socket of the JDK's that may be of any family. */
  static ProtocolFamily anyFamily() {
    return ANY_FAMILY;
  }

  /**
   * Puts a new socket, in non-blocking mode, under the number of another one, which is then closed
   * unless it has a second number. The new socket is neither bound nor connected, and has the
   * options of the old one.
   *
   * @param file the old socket, which no thread uses or closes meanwhile
   * @param options those that the JDK knows of it
   * @throws IOException if nothing was replaced, for example because no descriptor is free
   */
  static void replace(FileDescriptor file, ProtocolFamily family, Set<SocketOption<?>> options)
      throws IOException {
    try {
      FileDescriptor fresh = (FileDescriptor) SOCKET.invokeExact(family, true);
      try {
        CONFIGURE_BLOCKING.invokeExact(fresh, false);
        // Only what was set: to set a buffer's size ends the system's automatic tuning.
        Map<SocketOption<?>, Object> initial = values(fresh, family, options);
        for (Map.Entry<SocketOption<?>, Object> option : values(file, family, options).entrySet()) {
          SocketOption<?> name = option.getKey();
          if (!option.getValue().equals(initial.get(name))) {
            SET_OPTION.invokeExact(fresh, familyOf(name, family), name, option.getValue());
          }
        }
        DUPLICATE.invokeExact(fresh, file);
      } finally {
        CLOSE.invokeExact(fresh);
      }
    } catch (Throwable e) {
      throw JdkSockets.rethrown(e);
    }
  }

  private static Map<SocketOption<?>, Object> values(
      FileDescriptor file, ProtocolFamily family, Set<SocketOption<?>> options) throws Throwable {
    Map<SocketOption<?>, Object> values = new HashMap<>();
    for (SocketOption<?> name : options) {
      try {
        Object value = (Object) GET_OPTION.invokeExact(file, familyOf(name, family), name);
        if (value != null) {
          values.put(name, value);
        }
      } catch (SocketException | UnsupportedOperationException e) {
        // The JDK knows the option, and this kernel does not.
      }
    }
    return values;
  }

  /**
   * Returns the family of an option: of a stream's options, only IP_TOS differs between the
   * families.
   */
  private static ProtocolFamily familyOf(SocketOption<?> name, ProtocolFamily family) {
    if (name != StandardSocketOptions.IP_TOS) {
      return ANY_FAMILY;
    }
    return IS_IPV6 && family != StandardProtocolFamily.INET
        ? StandardProtocolFamily.INET6
        : StandardProtocolFamily.INET;
  }

  static InetSocketAddress localAddress(FileDescriptor file) throws IOException {
    try {
      return (InetSocketAddress) LOCAL_ADDRESS.invokeExact(file);
    } catch (Throwable e) {
      throw JdkSockets.rethrown(e);
    }
  }

  /**
   * Begins the connect of a socket that is neither bound nor connected, without waiting.
   *
   * @param bound the address that the program has bound it to; null for none
   * @param port the local port; where the program has not chosen it, another one if it is not free
   * @throws IOException what the connect has failed with
   */
  static void connect(
      FileDescriptor file,
      ProtocolFamily family,
      @Nullable InetAddress bound,
      int port,
      InetSocketAddress remote)
      throws IOException {
    try {
      bind(file, family, bound, port);
      int unused = (int) CONNECT.invokeExact(family, file, remote.getAddress(), remote.getPort());
    } catch (Throwable e) {
      throw JdkSockets.rethrown(e);
    }
  }

  private static void bind(
      FileDescriptor file, ProtocolFamily family, @Nullable InetAddress bound, int port)
      throws Throwable {
    InetAddress address = bound == null ? Inet4Address.getByAddress(new byte[4]) : bound;
    try {
      BIND.invokeExact(family, file, address, port);
    } catch (SocketException e) {
      if (bound != null) {
        throw e;
      }
      // Another socket has taken the port since. The connect gets another port.
    }
  }
}
