package io.tfo.jna;

import io.tfo.jdk.JdkSockets;
import io.tfo.spi.FastOpenActivity;
import java.io.FileDescriptor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketImpl;

/** The deferral of a system that has one of its own: the JDK's connect returns at once. */
final class SystemDeferral implements SocketDeferral {
  private final JdkSockets jdk;
  private final KernelDeferral kernel;

  // Created once, not for each socket.
  private final JdkSockets.OnDescriptor<Boolean> defer;
  private final JdkSockets.OnDescriptor<Boolean> isWaiting;

  SystemDeferral(JdkSockets jdk, KernelDeferral kernel) {
    this.jdk = jdk;
    this.kernel = kernel;
    this.defer = kernel::defer;
    this.isWaiting = kernel::isDeferred;
  }

  @Override
  public boolean isSystems() {
    return true;
  }

  @Override
  public Begun connect(SocketImpl nio, InetSocketAddress remote, int timeoutMillis, boolean isKnown)
      throws IOException {
    boolean asked = jdk.withDescriptor(nio, defer, false);
    boolean waits = false;
    try {
      jdk.connect(nio, remote, timeoutMillis);
      if (!asked) {
        return Begun.PLAIN;
      }
      waits = jdk.withDescriptor(nio, isWaiting, false);
      return waits ? Begun.WAITING : Begun.ANSWERED;
    } finally {
      if (asked && !waits) {
        FastOpenActivity.attempted(false);
      }
    }
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
    CallBuffers buffers = CallBuffers.borrow();
    int taken;
    try {
      buffers.copy(data, offset, length);
      taken = buffers.send(kernel, jdk.fd(file));
    } catch (IOException e) {
      kernel.end(jdk.fd(file)); // the system then reports the address that the program has chosen
      jdk.plainConnect.beginAnew(jdk, nio, file, remote);
      return NativeTcp.NOT_SENT;
    } finally {
      buffers.giveBack();
    }
    if (taken == NativeTcp.NOT_SENT) {
      jdk.plainConnect.begin(nio, file, remote);
    }
    return taken;
  }

  @Override
  public boolean sendEmpty(SocketImpl nio, InetSocketAddress remote) throws IOException {
    return jdk.withDescriptor(nio, kernel::sendEmptySyn, false);
  }
}
