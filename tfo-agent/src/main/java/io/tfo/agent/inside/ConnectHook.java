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
 * Defers the connects of sockets. The backends are looked up at the first connect that needs them,
 * and not before: a JVM without such a connect loads nothing native, and its logging does not start
 * before the application can configure it. During the look-up no other thread waits: its connect is
 * plain.
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
      ProgramLog.log(System.Logger.Level.DEBUG, "the connect to " + remote + " is plain: " + e);
    }
  }

  private @Nullable FastOpenSocketFactory factory() {
    if (factory == null && lookUpBegun.compareAndSet(false, true)) {
      lookUp();
    }
    return factory;
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
              } else {
                factory = FastOpenSocketFactory.system().onlyFor(on::socketTo);
                on.tellOfConnects();
              }
              return null;
            });
  }
}
