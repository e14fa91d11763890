package io.tfo.jna;

import io.tfo.FastOpenOutcome;
import io.tfo.jna.KernelDeferral.Stage;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * The native calls for channels whose connects the kernel defers. Each is made under the lock under
 * which the JDK closes the descriptor.
 */
record DeferredConnects(JdkChannels jdk, NativeTcp tcp, KernelDeferral deferral) {
  /** Defers the connect that follows. */
  boolean defer(SocketChannel channel) {
    synchronized (jdk.stateLock(channel)) {
      return jdk.isUnconnected(channel) && deferral.defer(jdk.fd(channel));
    }
  }

  /**
   * Sends the SYN without data if it still waits for the first write.
   *
   * @return whether there is, or may still be, a connection
   */
  boolean sendSyn(SocketChannel channel) {
    synchronized (jdk.stateLock(channel)) {
      if (stage(channel) == Stage.WAITING) {
        deferral.sendEmptySyn(jdk.fd(channel));
      }
      Stage now = stage(channel);
      return now == Stage.PENDING || now == Stage.CONNECTED;
    }
  }

  /** A channel that is closed has failed. */
  Stage stage(SocketChannel channel) {
    synchronized (jdk.stateLock(channel)) {
      return channel.isOpen() ? deferral.stage(jdk.fd(channel)) : Stage.FAILED;
    }
  }

  /** Reads the outcome of a channel whose descriptor is still open. */
  FastOpenOutcome outcome(SocketChannel channel) {
    try {
      return tcp.connectOutcome(jdk.fd(channel));
    } catch (IOException e) {
      return FastOpenOutcome.UNKNOWN;
    }
  }

  @Nullable InetSocketAddress destination(SocketChannel channel) {
    return jdk.remoteAddress().get(channel) instanceof InetSocketAddress remote ? remote : null;
  }
}
