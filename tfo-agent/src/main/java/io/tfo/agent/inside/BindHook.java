package io.tfo.agent.inside;

import io.tfo.FastOpenBackends;
import io.tfo.FastOpenListener;
import io.tfo.spi.ServerSocketSupport;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/** Has server sockets accept TCP Fast Open when they are bound. */
final class BindHook implements BiPredicate<ServerSocket, Object[]> {
  /** As the selector provider's. */
  private static final int FAST_OPEN_BACKLOG = 256;

  /** What this thread binds by the hook: the JDK's method, which it calls, calls the hook again. */
  private static final ThreadLocal<ServerSocket> BOUND = new ThreadLocal<>();

  private final Switch on;

  /** {@code ServerSocket.bind}, whether or not a subclass overrides it. */
  private final MethodHandle bind;

  BindHook(Switch on, MethodHandles.Lookup trusted) throws ReflectiveOperationException {
    this.on = on;
    bind =
        trusted
            .in(ServerSocket.class)
            .findSpecial(
                ServerSocket.class,
                "bind",
                MethodType.methodType(void.class, SocketAddress.class, int.class),
                ServerSocket.class);
  }

  @Override
  public boolean test(ServerSocket socket, Object[] addressAndBacklog) {
    ServerSocket outer = BOUND.get();
    if (outer == socket) {
      return false;
    }
    ServerSocketSupport support = support();
    if (support == null) {
      return false;
    }
    BOUND.set(socket);
    try {
      SocketAddress local = (SocketAddress) addressAndBacklog[0];
      int backlog = (int) addressAndBacklog[1];
      support.bind(socket, FAST_OPEN_BACKLOG, () -> bind(socket, local, backlog));
      return true;
    } catch (IOException e) {
      throw BindHook.<RuntimeException>unchanged(e);
    } finally {
      if (outer == null) {
        BOUND.remove();
      } else {
        BOUND.set(outer);
      }
    }
  }

  /** Has the caller, which declares it, throw an exception that this interface cannot declare. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <E extends Exception> E unchanged(Exception e) throws E {
    throw (E) e;
  }

  private void bind(ServerSocket socket, SocketAddress local, int backlog) throws IOException {
    try {
      bind.invokeExact(socket, local, backlog);
    } catch (IOException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e); // it declares no other
    }
  }

  /**
   * Null where it is off, and where nothing is found. Under a security manager, as JDK 17 has, the
   * application needs no permission for it.
   */
  @SuppressWarnings("removal")
  private @Nullable ServerSocketSupport support() {
    try {
      return AccessController.doPrivileged(
          (PrivilegedAction<@Nullable ServerSocketSupport>)
              () ->
                  FastOpenBackends.candidates().isPresent()
                          && on.listeners()
                          && FastOpenListener.system() instanceof ServerSocketSupport support
                      ? support
                      : null);
    } catch (RuntimeException | LinkageError e) {
      return null;
    }
  }
}
