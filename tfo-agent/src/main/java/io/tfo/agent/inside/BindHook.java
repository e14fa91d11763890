package io.tfo.agent.inside;

import io.tfo.FastOpenBackends;
import io.tfo.FastOpenListener;
import io.tfo.log.ProgramLog;
import io.tfo.spi.ServerSocketSupport;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Switches TCP Fast Open on for server sockets when they are bound. The backends are looked up as
 * in {@link ConnectHook}: at the first bind that needs them, and no other thread waits.
 */
final class BindHook implements BiPredicate<ServerSocket, Object[]> {
  /**
   * The socket that this thread is binding by the hook: the JDK's method, which the hook calls,
   * calls the hook again.
   */
  private static final ThreadLocal<ServerSocket> BOUND = new ThreadLocal<>();

  private final Switch on;
  private final AtomicBoolean lookUpBegun = new AtomicBoolean();

  /** Null before the look-up, and if it found nothing. */
  private volatile @Nullable Listening found;

  private final MethodHandles.Lookup trusted;

  BindHook(Switch on, MethodHandles.Lookup trusted) {
    this.on = on;
    this.trusted = trusted;
  }

  /**
   * The result of the look-up at the first bind.
   *
   * @param bind {@code ServerSocket.bind}, whether or not a subclass overrides it
   */
  private record Listening(ServerSocketSupport support, MethodHandle bind) {}

  @Override
  public boolean test(ServerSocket socket, Object[] addressAndBacklog) {
    ServerSocket outer = BOUND.get();
    if (outer == socket) {
      return false;
    }
    Listening listening = listening();
    if (listening == null) {
      return false;
    }
    Bind once =
        new Bind(
            listening.bind(),
            socket,
            (SocketAddress) addressAndBacklog[0],
            (int) addressAndBacklog[1]);
    BOUND.set(socket);
    try {
      listening.support().bind(socket, FastOpenListener.FAST_OPEN_BACKLOG, once);
      return true;
    } catch (IOException | RuntimeException | LinkageError e) {
      if (once.isBegun && !once.isBound) {
        throw BindHook.<RuntimeException>unchanged(e); // the JDK's own
      }
      ProgramLog.log(System.Logger.Level.DEBUG, "a listener does not use TCP Fast Open: " + e);
      return once.isBound;
    } finally {
      if (outer == null) {
        BOUND.remove();
      } else {
        BOUND.set(outer);
      }
    }
  }

  /** Throws an exception that this interface cannot declare; the JDK's caller declares it. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <E extends Throwable> E unchanged(Throwable e) throws E {
    throw (E) e;
  }

  /** The JDK's bind of one socket, and how far it has come. */
  private static final class Bind implements ServerSocketSupport.Binding {
    private final MethodHandle bind;
    private final ServerSocket socket;
    private final SocketAddress local;
    private final int backlog;
    private boolean isBegun;
    private boolean isBound;

    Bind(MethodHandle bind, ServerSocket socket, SocketAddress local, int backlog) {
      this.bind = bind;
      this.socket = socket;
      this.local = local;
      this.backlog = backlog;
    }

    @Override
    public void bind() throws IOException {
      isBegun = true;
      try {
        bind.invokeExact(socket, local, backlog);
      } catch (IOException | RuntimeException | Error e) {
        throw e;
      } catch (Throwable e) {
        throw new IllegalStateException(e); // it declares no other
      }
      isBound = true;
    }
  }

  /** Null if listeners are off, if nothing is found, and while another thread looks it up. */
  private @Nullable Listening listening() {
    if (!on.wantsListeners()) {
      return null;
    }
    try {
      if (found == null && lookUpBegun.compareAndSet(false, true)) {
        lookUp();
      }
      return found;
    } catch (RuntimeException | LinkageError e) {
      return null;
    }
  }

  /**
   * Looks up with the agent's permissions: under JDK 17's security manager, the application needs
   * none.
   */
  @SuppressWarnings("removal")
  private void lookUp() {
    AccessController.doPrivileged(
        (PrivilegedAction<@Nullable Void>)
            () -> {
              if (FastOpenBackends.candidates().isEmpty()) {
                lookUpBegun.set(false); // this thread is choosing a backend
                return null;
              }
              if (FastOpenListener.system() instanceof ServerSocketSupport support) {
                found = new Listening(support, bindOfServerSocket());
              }
              on.tellOfListeners();
              return null;
            });
  }

  private MethodHandle bindOfServerSocket() {
    try {
      return trusted
          .in(ServerSocket.class)
          .findSpecial(
              ServerSocket.class,
              "bind",
              MethodType.methodType(void.class, SocketAddress.class, int.class),
              ServerSocket.class);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e); // it is public
    }
  }
}
