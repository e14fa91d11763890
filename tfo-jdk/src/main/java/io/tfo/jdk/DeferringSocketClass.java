package io.tfo.jdk;

import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.net.Socket;
import java.net.SocketImpl;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Puts {@code DeferringSocketImpl}, a {@linkplain HiddenClass hidden class} beside the JDK's {@code
 * SocketImpl}, between a socket and its {@code NioSocketImpl}.
 */
public final class DeferringSocketClass {
  /**
   * The two classes that stand before a {@code NioSocketImpl}: their constructors, the field of the
   * first that holds its {@link SocketHook}, and that of the second for its SOCKS proxy. The
   * classes are kept, since a handle copies its types for each caller.
   */
  private record Impls(
      Class<?> deferringClass,
      MethodHandle deferring,
      VarHandle hook,
      Class<?> socksClass,
      MethodHandle socks,
      VarHandle proxy) {
    boolean isSocks(SocketImpl impl) {
      return impl.getClass() == socksClass;
    }

    SocketImpl deferring(SocketImpl nio, SocketHook hook) {
      try {
        return (SocketImpl) deferring.invokeExact(nio, (SocketImpl) hook);
      } catch (Throwable e) {
        throw unexpected(e);
      }
    }

    SocketImpl socks(SocketImpl delegate) {
      try {
        return (SocketImpl) socks.invokeExact(delegate);
      } catch (Throwable e) {
        throw unexpected(e);
      }
    }

    /** The exception to throw for one of a constructor that declares none. */
    private static RuntimeException unexpected(Throwable e) {
      if (e instanceof Error error) {
        throw error;
      }
      return e instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(e);
    }
  }

  /** Null where this JDK denies access, or its classes have changed. */
  private static final @Nullable Impls IMPLS = find();

  private DeferringSocketClass() {}

  private static @Nullable Impls find() {
    try {
      MethodType two = MethodType.methodType(void.class, SocketImpl.class, SocketImpl.class);
      MethodHandle deferring = HiddenClass.define("DeferringSocketImpl", SocketImpl.class, two);
      Class<?> hidden = deferring.type().returnType();
      Class<?> socks = Privileged.classForName("java.net.SocksSocketImpl");
      MethodHandles.Lookup lookup = TrustedLookup.read().in(socks);
      MethodType one = MethodType.methodType(void.class, SocketImpl.class);
      return new Impls(
          hidden,
          deferring.asType(two.changeReturnType(SocketImpl.class)),
          TrustedLookup.read().in(hidden).findVarHandle(hidden, "hook", SocketImpl.class),
          socks,
          lookup.findConstructor(socks, one).asType(one.changeReturnType(SocketImpl.class)),
          lookup.findVarHandle(socks, "server", String.class));
    } catch (IOException | ReflectiveOperationException | RuntimeException | Error e) {
      ProgramLog.log(
          System.Logger.Level.WARNING, "the connects of sockets cannot be deferred: " + e);
      return null;
    }
  }

  public static boolean isAvailable() {
    return JdkSockets.ACCESS != null && IMPLS != null;
  }

  /** Installs a hook in a socket, before its {@code NioSocketImpl}. */
  public static void install(JdkSockets jdk, Socket socket, SocketImpl nio, SocketHook hook) {
    Impls impls = IMPLS;
    if (impls != null) {
      jdk.setImpl(socket, impls.socks(impls.deferring(nio, hook)));
    }
  }

  /**
   * Installs a hook in a socket that a program has created, and keeps the program's choice: a
   * socket that uses no proxy still uses none. A socket is left unchanged if it has a proxy of its
   * own, a hook, or an implementation that is not the JDK's.
   *
   * @param hook creates the hook before a {@code NioSocketImpl}
   */
  public static void adopt(JdkSockets jdk, Socket socket, Function<SocketImpl, SocketHook> hook) {
    Impls impls = IMPLS;
    SocketImpl impl = jdk.impl(socket);
    if (impls == null || impl == null) {
      return;
    }
    if (jdk.isNio(impl)) { // Proxy.NO_PROXY
      jdk.setImpl(socket, impls.deferring(impl, hook.apply(impl)));
    } else if (impls.isSocks(impl) && impls.proxy().get(impl) == null) {
      SocketImpl nio = jdk.behind(impl);
      if (nio != null && jdk.isNio(nio)) {
        jdk.setImpl(socket, impls.socks(impls.deferring(nio, hook.apply(nio))));
      }
    }
  }

  /** The hook of a socket; null if it has none. */
  public static @Nullable SocketHook hookOf(JdkSockets jdk, Socket socket) {
    Impls impls = IMPLS;
    if (impls == null) {
      return null;
    }
    SocketImpl impl = jdk.impl(socket);
    while (impl != null && !impls.deferringClass().isInstance(impl)) {
      impl = jdk.behind(impl);
    }
    return impl == null ? null : (SocketHook) impls.hook().get(impl);
  }

  /**
   * Whether the JDK connects a socket with a hook to a SOCKS proxy. The JDK tries the next proxy,
   * and informs the {@code ProxySelector}, only if {@code connect} fails.
   */
  public static boolean isProxied(JdkSockets jdk, Socket socket) {
    Impls impls = IMPLS;
    SocketImpl impl = jdk.impl(socket);
    return impls != null && impl != null && impls.isSocks(impl) && impls.proxy().get(impl) != null;
  }
}
