package io.tfo.jna;

import io.tfo.jdk.JdkSockets;
import io.tfo.spi.FastOpenActivity;
import java.io.FileDescriptor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketImpl;

/**
 * The deferral for a system that has none: the JDK treats a socket as connected before anything was
 * sent. So only connects to known destinations are deferred; others are made at once, and ask for a
 * cookie.
 */
final class EmulatedDeferral implements SocketDeferral {
  private static final byte[] NOTHING = {};

  private final JdkSockets jdk;
  private final NativeTcp tcp;

  EmulatedDeferral(JdkSockets jdk, NativeTcp tcp) {
    this.jdk = jdk;
    this.tcp = tcp;
  }

  @Override
  public boolean isSystems() {
    return false;
  }

  /** If the system refuses to send the SYN, the JDK's own connect is made. */
  @Override
  public Begun connect(SocketImpl nio, InetSocketAddress remote, int timeoutMillis, boolean isKnown)
      throws IOException {
    synchronized (jdk.stateLock(nio)) {
      FileDescriptor file = jdk.unconnected(nio);
      if (file != null && isKnown) {
        jdk.showAsConnected(nio, remote);
        return Begun.WAITING;
      }
      if (file != null && sendSyn(nio, file, remote, NOTHING, 0, 0) != NativeTcp.NOT_SENT) {
        FastOpenActivity.attempted(tcp.wasSentPlainly(jdk.fd(file)), false);
        jdk.showAsConnected(nio, remote);
        jdk.plainConnect.readLocalPort(nio, file);
        return Begun.SENT;
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
    int taken = sendSyn(nio, file, remote, data, offset, length);
    if (taken == NativeTcp.NOT_SENT) {
      jdk.plainConnect.begin(nio, file, remote);
    } else {
      jdk.plainConnect.readLocalPort(nio, file);
    }
    return taken;
  }

  private int sendSyn(
      SocketImpl nio,
      FileDescriptor file,
      InetSocketAddress remote,
      byte[] data,
      int offset,
      int length)
      throws IOException {
    CallBuffers buffers = CallBuffers.borrow();
    try {
      if (!buffers.writeAddress(tcp.addresses(), remote, jdk.isIpv6())) {
        return NativeTcp.NOT_SENT;
      }
      if (tcp.needsNonBlockingDescriptor()) {
        jdk.plainConnect.makeNonBlocking(nio, file);
      }
      buffers.copy(data, offset, length);
      return buffers.sendSyn(tcp, jdk.fd(file));
    } finally {
      buffers.giveBack();
    }
  }

  @Override
  public boolean sendEmpty(SocketImpl nio, InetSocketAddress remote) throws IOException {
    return jdk.withFile(nio, file -> send(nio, file, remote, NOTHING, 0, 0, 0));
  }
}
