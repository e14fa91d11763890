package io.tfo.agent.inside;

import io.tfo.FastOpenBackends;
import io.tfo.log.ProgramLog;
import io.tfo.socket.FastOpenSocketFactory;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Has the connects of sockets deferred. The backends are looked up at the first connect that asks
 * for it, and not before: a JVM that makes none loads nothing native, and its logging is not begun
 * before the application can configure it. Meanwhile no other thread waits: its connect is plain.
 */
final class ConnectHook implements BiConsumer<Socket, SocketAddress> {
  private final Switch on;
  private final AtomicBoolean lookUpBegun = new AtomicBoolean();
  private volatile @Nullable FastOpenSocketFactory factory;

  ConnectHook(Switch on) {
    this.on = on;
  }

  /** Throws nothing: the application's connect goes on in any case. */
  @Override
  @SuppressWarnings("CatchAndPrintStackTrace")
  public void accept(Socket socket, SocketAddress remote) {
    try {
      if (remote instanceof InetSocketAddress destination && on.socketTo(destination)) {
        FastOpenSocketFactory found = factory();
        if (found != null) {
          found.deferConnect(socket);
        }
      }
    } catch (RuntimeException | LinkageError e) {
      ProgramLog.log(System.Logger.Level.DEBUG, "the connect of " + socket + " is plain: " + e);
    }
  }

  private @Nullable FastOpenSocketFactory factory() {
    if (factory == null && lookUpBegun.compareAndSet(false, true)) {
      lookUp();
    }
    return factory;
  }

  /** Under a security manager, as JDK 17 has, the application needs no permission for it. */
  @SuppressWarnings("removal")
  private void lookUp() {
    AccessController.doPrivileged(
        (PrivilegedAction<@Nullable Void>)
            () -> {
              if (FastOpenBackends.candidates().isEmpty()) {
                lookUpBegun.set(false); // this thread is choosing a backend
              } else {
                factory = FastOpenSocketFactory.system().onlyFor(on::socketTo);
                on.tellOfConnects();
              }
              return null;
            });
  }
}
