package io.tfo.jdk;

import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.net.Socket;
import java.net.SocketImpl;
import org.jspecify.annotations.Nullable;

/**
 * Puts {@code DeferringSocketImpl}, a {@linkplain HiddenClass hidden class} beside the JDK's {@code
 * SocketImpl}, between a socket and its {@code NioSocketImpl}.
 */
public final class DeferringSocketClass {
  /**
   * The constructors of the classes that stand before a {@code NioSocketImpl}, the field of the
   * first that holds its {@link SocketHook}, and that of the second for its SOCKS proxy.
   */
  private record Impls(
      MethodHandle deferring, VarHandle hook, MethodHandle socks, VarHandle proxy) {}

  /** Null where this JDK denies access, or its classes have changed. */
  private static final @Nullable Impls IMPLS = find();

  private DeferringSocketClass() {}

  private static @Nullable Impls find() {
    try {
      MethodType two = MethodType.methodType(void.class, SocketImpl.class, SocketImpl.class);
      MethodHandle deferring = HiddenClass.define("DeferringSocketImpl", SocketImpl.class, two);
      Class<?> hidden = deferring.type().returnType();
      Class<?> socks = Class.forName("java.net.SocksSocketImpl");
      MethodHandles.Lookup lookup = TrustedLookup.read().in(socks);
      MethodType one = MethodType.methodType(void.class, SocketImpl.class);
      return new Impls(
          deferring.asType(two.changeReturnType(SocketImpl.class)),
          TrustedLookup.read().in(hidden).findVarHandle(hidden, "hook", SocketImpl.class),
          lookup.findConstructor(socks, one).asType(one.changeReturnType(SocketImpl.class)),
          lookup.findVarHandle(socks, "server", String.class));
    } catch (IOException | ReflectiveOperationException | RuntimeException | Error e) {
      System.getLogger("io.tfo")
          .log(System.Logger.Level.WARNING, "the connects of sockets cannot be deferred: " + e);
      return null;
    }
  }

  public static boolean isAvailable() {
    return JdkSockets.ACCESS != null && IMPLS != null;
  }

  /** Has a hook called for a socket, before what is behind it. */
  public static void install(JdkSockets jdk, Socket socket, SocketImpl nio, SocketHook hook) {
    Impls impls = IMPLS;
    if (impls == null) {
      return;
    }
    try {
      SocketImpl deferring = (SocketImpl) impls.deferring().invokeExact(nio, (SocketImpl) hook);
      jdk.setImpl(socket, (SocketImpl) impls.socks().invokeExact(deferring));
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e); // the constructors declare none
    }
  }

  /** The hook of a socket; null if it has none. */
  public static @Nullable SocketHook hookOf(JdkSockets jdk, Socket socket) {
    Impls impls = IMPLS;
    if (impls == null) {
      return null;
    }
    SocketImpl impl = jdk.impl(socket);
    while (impl != null && !impls.hook().coordinateTypes().get(0).isInstance(impl)) {
      impl = jdk.behind(impl);
    }
    return impl == null ? null : (SocketHook) impls.hook().get(impl);
  }

  /**
   * Whether the JDK connects a socket with a hook to a SOCKS proxy. It tries the next one, and
   * tells the {@code ProxySelector}, only if {@code connect} fails.
   */
  public static boolean isProxied(JdkSockets jdk, Socket socket) {
    return IMPLS != null && IMPLS.proxy().get(jdk.impl(socket)) != null;
  }
}
