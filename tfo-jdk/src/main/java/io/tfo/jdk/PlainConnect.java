package io.tfo.jdk;

import java.io.FileDescriptor;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.SocketOption;
import java.net.SocketOptions;
import java.util.Set;

/**
 * Begins a plain connect for a socket whose deferred connect the system has not made. The program
 * has seen the socket connected, so its options, local address and, if it is still free, local port
 * stay. The steps that tell the JDK of any connect that it does not make itself are here, too.
 */
public final class PlainConnect {
  private final VarHandle localPort;
  private final VarHandle nonBlocking;
  private final MethodHandle supportedOptions;
  private final MethodHandle localAddress;
  private final MethodHandle bind;
  private final MethodHandle connect;
  private final MethodHandle configureBlocking;

  PlainConnect(MethodHandles.Lookup trusted, VarHandle nonBlocking)
      throws ReflectiveOperationException {
    Class<?> net = Privileged.classForName("sun.nio.ch.Net");
    Class<?> ioUtil = Privileged.classForName("sun.nio.ch.IOUtil");
    Class<FileDescriptor> file = FileDescriptor.class;
    this.nonBlocking = nonBlocking;
    MethodHandles.Lookup impl = trusted.in(SocketImpl.class);
    localPort = impl.findVarHandle(SocketImpl.class, "localport", int.class);
    supportedOptions = impl.findVirtual(SocketImpl.class, "supportedOptions", type(Set.class));
    MethodHandles.Lookup nets = trusted.in(net);
    localAddress = nets.findStatic(net, "localAddress", type(InetSocketAddress.class, file));
    bind = nets.findStatic(net, "bind", type(void.class, file, InetAddress.class, int.class));
    connect = nets.findStatic(net, "connect", type(int.class, file, InetAddress.class, int.class));
    configureBlocking =
        trusted
            .in(ioUtil)
            .findStatic(ioUtil, "configureBlocking", type(void.class, file, boolean.class));
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

  /** Makes a descriptor non-blocking permanently, as the JDK does for a timed read. */
  public void makeNonBlocking(SocketImpl nio, FileDescriptor file) throws IOException {
    try {
      configureBlocking.invokeExact(file, false);
      nonBlocking.setVolatile(nio, true);
    } catch (Throwable e) {
      throw JdkSockets.rethrown(e);
    }
  }

  /**
   * Makes the JDK report the local port that the system has chosen, as at the end of its connect.
   */
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
      // Another socket has taken the port since. The connect gets another port.
    }
  }

  /**
   * Does the same for a descriptor that can no longer be connected, on a {@linkplain FreshSocket
   * fresh socket} under its number.
   */
  public void beginAnew(
      JdkSockets jdk, SocketImpl nio, FileDescriptor file, InetSocketAddress remote)
      throws IOException {
    boolean open = jdk.withDescriptor(nio, fd -> renew(nio, file), false);
    if (open) {
      begin(nio, file, remote);
    }
  }

  @SuppressWarnings("unchecked") // as SocketImpl declares it
  private boolean renew(SocketImpl nio, FileDescriptor file) throws IOException {
    try {
      boolean urgentInline = (boolean) nio.getOption(SocketOptions.SO_OOBINLINE);
      InetSocketAddress local = FreshSocket.localAddress(file);
      Set<SocketOption<?>> options =
          (Set<SocketOption<?>>) (Set<?>) supportedOptions.invokeExact(nio);
      FreshSocket.replace(file, FreshSocket.anyFamily(), options);
      nio.setOption(SocketOptions.SO_OOBINLINE, urgentInline);
      bind(nio, file, local.getAddress());
      return true;
    } catch (LinkageError e) {
      throw new IOException("this JDK cannot replace a socket", e);
    } catch (Throwable e) {
      throw JdkSockets.rethrown(e);
    }
  }
}
