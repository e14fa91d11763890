package io.tfo.jdk;

import java.io.FileDescriptor;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.SocketOption;
import java.net.SocketOptions;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Begins a plain connect for a socket whose deferred one the system has not made. The program has
 * seen it connected, so its options, local address and, if it is still free, local port stay. What
 * the JDK must be told of any connect that it does not make itself is here, too.
 */
public final class PlainConnect {
  private final VarHandle localPort;
  private final VarHandle nonBlocking;
  private final MethodHandle supportedOptions;
  private final MethodHandle getOption;
  private final MethodHandle setOption;
  private final MethodHandle localAddress;
  private final MethodHandle bind;
  private final MethodHandle connect;
  private final MethodHandle configureBlocking;
  private final ProtocolFamily anyFamily;
  private final MethodHandle newSocket;
  private final MethodHandle duplicate;
  private final MethodHandle close;

  PlainConnect(MethodHandles.Lookup trusted, VarHandle nonBlocking)
      throws ReflectiveOperationException {
    Class<?> net = Class.forName("sun.nio.ch.Net");
    Class<?> ioUtil = Class.forName("sun.nio.ch.IOUtil");
    Class<?> dispatcher = Class.forName("sun.nio.ch.DatagramDispatcher");
    Class<FileDescriptor> file = FileDescriptor.class;
    this.nonBlocking = nonBlocking;
    MethodHandles.Lookup impl = trusted.in(SocketImpl.class);
    localPort = impl.findVarHandle(SocketImpl.class, "localport", int.class);
    getOption =
        impl.findVirtual(SocketImpl.class, "getOption", type(Object.class, SocketOption.class));
    supportedOptions = impl.findVirtual(SocketImpl.class, "supportedOptions", type(Set.class));
    setOption =
        impl.findVirtual(
            SocketImpl.class, "setOption", type(void.class, SocketOption.class, Object.class));
    MethodHandles.Lookup nets = trusted.in(net);
    localAddress = nets.findStatic(net, "localAddress", type(InetSocketAddress.class, file));
    bind = nets.findStatic(net, "bind", type(void.class, file, InetAddress.class, int.class));
    connect = nets.findStatic(net, "connect", type(int.class, file, InetAddress.class, int.class));
    configureBlocking =
        trusted
            .in(ioUtil)
            .findStatic(ioUtil, "configureBlocking", type(void.class, file, boolean.class));
    // Not bound to its arguments, which takes milliseconds at the start.
    anyFamily =
        (ProtocolFamily) nets.findStaticVarHandle(net, "UNSPEC", ProtocolFamily.class).get();
    newSocket = nets.findStatic(net, "socket", type(file, ProtocolFamily.class, boolean.class));
    // Of the JDK's dispatchers, the one that gives its dup(2) to others.
    MethodHandles.Lookup dispatchers = trusted.in(dispatcher);
    MethodHandle newDispatcher = dispatchers.findConstructor(dispatcher, type(void.class));
    duplicate =
        MethodHandles.foldArguments(
            dispatchers.findVirtual(dispatcher, "dup", type(void.class, file, file)),
            newDispatcher);
    close =
        MethodHandles.foldArguments(
            dispatchers.findVirtual(dispatcher, "close", type(void.class, file)), newDispatcher);
  }

  private static MethodType type(Class<?> result, Class<?>... parameters) {
    return MethodType.methodType(result, parameters);
  }

  /** Begins the connect, without waiting, on a descriptor that is not connected any more. */
  public void begin(SocketImpl nio, FileDescriptor file, InetSocketAddress remote)
      throws IOException {
    makeNonBlocking(nio, file);
    try {
      if ((int) localPort.get(nio) != 0) {
        InetSocketAddress local = (InetSocketAddress) localAddress.invokeExact(file);
        if (local.getPort() == 0) {
          bind(nio, file, local.getAddress());
        }
      }
      int unused = (int) connect.invokeExact(file, remote.getAddress(), remote.getPort());
    } catch (Throwable e) {
      throw JdkSockets.rethrown(e);
    }
    readLocalPort(nio, file);
  }

  /** Makes a descriptor non-blocking for good, as the JDK does for a timed read. */
  public void makeNonBlocking(SocketImpl nio, FileDescriptor file) throws IOException {
    try {
      configureBlocking.invokeExact(file, false);
      nonBlocking.setVolatile(nio, true);
    } catch (Throwable e) {
      throw JdkSockets.rethrown(e);
    }
  }

  /** Has the JDK tell the local port that the system has chosen, as at the end of its connect. */
  public void readLocalPort(SocketImpl nio, FileDescriptor file) throws IOException {
    try {
      InetSocketAddress local = (InetSocketAddress) localAddress.invokeExact(file);
      localPort.set(nio, local.getPort());
    } catch (Throwable e) {
      throw JdkSockets.rethrown(e);
    }
  }

  private void bind(SocketImpl nio, FileDescriptor file, InetAddress local) throws Throwable {
    try {
      bind.invokeExact(file, local, (int) localPort.get(nio));
    } catch (SocketException e) {
      if (!local.isAnyLocalAddress()) {
        throw e;
      }
      // Another socket has taken the port since. The connect finds another one.
    }
  }

  /**
   * The same for a descriptor that cannot be connected any more, as Linux does not take the
   * deferral back while the client side of TCP Fast Open is switched off: puts a new socket of the
   * system under its number, as {@code DatagramChannelImpl} does after a disconnect.
   */
  public void beginAnew(
      JdkSockets jdk, SocketImpl nio, FileDescriptor file, InetSocketAddress remote)
      throws IOException {
    boolean open = jdk.withDescriptor(nio, fd -> renew(nio, file), false);
    if (open) {
      begin(nio, file, remote);
    }
  }

  private boolean renew(SocketImpl nio, FileDescriptor file) throws IOException {
    try {
      Map<SocketOption<?>, Object> options = optionsOf(nio);
      boolean urgentInline = (boolean) nio.getOption(SocketOptions.SO_OOBINLINE);
      InetSocketAddress local = (InetSocketAddress) localAddress.invokeExact(file);
      FileDescriptor fresh = (FileDescriptor) newSocket.invokeExact(anyFamily, true);
      try {
        duplicate.invokeExact(fresh, file);
      } finally {
        close.invokeExact(fresh);
      }
      // Only what was set: to set a buffer's size ends the system's own choice.
      Map<SocketOption<?>, Object> initial = optionsOf(nio);
      for (Map.Entry<SocketOption<?>, Object> option : options.entrySet()) {
        if (!option.getValue().equals(initial.get(option.getKey()))) {
          setOption.invokeExact(nio, option.getKey(), option.getValue());
        }
      }
      nio.setOption(SocketOptions.SO_OOBINLINE, urgentInline);
      bind(nio, file, local.getAddress());
      return true;
    } catch (Throwable e) {
      throw JdkSockets.rethrown(e);
    }
  }

  private Map<SocketOption<?>, Object> optionsOf(SocketImpl nio) throws Throwable {
    Map<SocketOption<?>, Object> values = new HashMap<>();
    for (Object option : (Set<?>) supportedOptions.invokeExact(nio)) {
      try {
        Object value = getOption.invokeExact(nio, (SocketOption<?>) option);
        if (value != null) {
          values.put((SocketOption<?>) option, value);
        }
      } catch (SocketException | UnsupportedOperationException e) {
        // The JDK knows the option, and this kernel does not.
      }
    }
    return values;
  }
}
