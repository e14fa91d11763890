package io.tfo.jna;

import io.tfo.jdk.JdkSockets;
import io.tfo.jna.OverlappedConnect.Operation;
import java.io.FileDescriptor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketImpl;
import org.jspecify.annotations.Nullable;

/**
 * The {@link EmulatedDeferral} for a system that completes connects later. One thread begins such a
 * connect, waits for it, and takes its result. Its wait ends as the wait of the JDK's own connect
 * does: by the result, by the timeout, by a close from another thread, or by the interrupt of a
 * virtual thread. A SYN for which no thread can wait is sent by the JDK's connect, and asks for no
 * cookie.
 */
final class OverlappedDeferral implements SocketDeferral {
  private final JdkSockets jdk;
  private final NativeTcp tcp;
  private final OverlappedConnect overlapped;

  OverlappedDeferral(JdkSockets jdk, NativeTcp tcp, OverlappedConnect overlapped) {
    this.jdk = jdk;
    this.tcp = tcp;
    this.overlapped = overlapped;
  }

  @Override
  public boolean isSystems() {
    return false;
  }

  @Override
  public Begun connect(SocketImpl nio, InetSocketAddress remote, int timeoutMillis, boolean isKnown)
      throws IOException {
    synchronized (jdk.stateLock(nio)) {
      if (jdk.unconnected(nio) != null) {
        jdk.showAsConnected(nio, remote);
        return Begun.WAITING;
      }
    }
    jdk.connect(nio, remote, timeoutMillis);
    return Begun.PLAIN;
  }

  @Override
  public int send(
      SocketImpl nio,
      FileDescriptor file,
      InetSocketAddress remote,
      byte[] data,
      int offset,
      int length,
      long mostMillis)
      throws IOException {
    Operation operation = begin(file, remote, data, offset, length);
    if (operation == null) {
      jdk.plainConnect.begin(nio, file, remote);
      return NativeTcp.NOT_SENT;
    }
    int taken = new OverlappedSocketWait(jdk, nio, file, mostMillis).awaitAnswer(operation);
    jdk.withFile(nio, open -> jdk.plainConnect.readLocalPort(nio, open));
    return taken == OverlappedWait.CLOSED ? 0 : taken;
  }

  private @Nullable Operation begin(
      FileDescriptor file, InetSocketAddress remote, byte[] data, int offset, int length)
      throws IOException {
    CallBuffers buffers = CallBuffers.borrow();
    try {
      if (!buffers.writeAddress(tcp.addresses(), remote, jdk.isIpv6())) {
        return null;
      }
      buffers.copy(data, offset, length);
      return buffers.begin(overlapped, jdk.fd(file));
    } finally {
      buffers.giveBack();
    }
  }

  @Override
  public boolean sendEmpty(SocketImpl nio, InetSocketAddress remote) throws IOException {
    return jdk.withFile(nio, file -> jdk.plainConnect.begin(nio, file, remote));
  }
}
