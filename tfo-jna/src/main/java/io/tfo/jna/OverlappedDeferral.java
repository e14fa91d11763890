package io.tfo.jna;

import io.tfo.jdk.JdkSockets;
import io.tfo.jna.OverlappedConnect.Operation;
import java.io.FileDescriptor;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.net.SocketImpl;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The {@link EmulatedDeferral} for a system that completes connects later. One thread begins such a
 * connect, waits for it, and takes its result. Its wait ends as that of the JDK's own connect: by
 * the result, by the timeout, by a close from another thread, or by the interrupt of a virtual
 * thread. A SYN for which no thread can wait is sent by the JDK's connect, and asks for no cookie.
 */
final class OverlappedDeferral implements SocketDeferral {
  /** How often the socket is looked at, should the system not report its close. */
  private static final Duration RECHECK = Duration.ofSeconds(1);

  private static final int NO_DESCRIPTOR = -1;

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
    try {
      await(operation, nio, mostMillis);
    } catch (IOException | RuntimeException | Error e) {
      synchronized (jdk.stateLock(nio)) {
        operation.abandon(jdk.isOpen(nio) ? jdk.fd(file) : NO_DESCRIPTOR);
      }
      throw e;
    }
    synchronized (jdk.stateLock(nio)) {
      if (!jdk.isOpen(nio)) {
        operation.abandon(NO_DESCRIPTOR);
        return 0;
      }
      int taken = operation.finish(jdk.fd(file));
      jdk.plainConnect.readLocalPort(nio, file);
      return taken;
    }
  }

  private @Nullable Operation begin(
      FileDescriptor file, InetSocketAddress remote, byte[] data, int offset, int length)
      throws IOException {
    CallBuffers buffers = CallBuffers.borrow();
    try {
      int addressLength = tcp.addresses().write(remote, jdk.isIpv6(), buffers.address);
      int offered = Math.min(length, CallBuffers.MOST_SYN_DATA);
      return addressLength == 0
          ? null
          : overlapped.begin(
              jdk.fd(file),
              buffers.address,
              addressLength,
              buffers.copyOf(data, offset, offered),
              offered);
    } finally {
      buffers.giveBack();
    }
  }

  private void await(Operation operation, SocketImpl nio, long mostMillis) throws IOException {
    long most = TimeUnit.MILLISECONDS.toNanos(mostMillis);
    long start = System.nanoTime();
    boolean complete = false;
    boolean interrupted = false;
    try {
      while (!complete && jdk.isOpen(nio)) {
        long left = most == 0 ? RECHECK.toNanos() : most - (System.nanoTime() - start);
        if (left <= 0) {
          throw new SocketTimeoutException("Connect timed out");
        }
        try {
          complete = operation.await(Duration.ofNanos(Math.min(left, RECHECK.toNanos())));
        } catch (InterruptedException e) {
          interrupted = true;
          if (jdk.isVirtual(Thread.currentThread())) {
            throw (IOException) new InterruptedIOException().initCause(e);
          }
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public boolean sendEmpty(SocketImpl nio, InetSocketAddress remote) throws IOException {
    synchronized (jdk.stateLock(nio)) {
      FileDescriptor file = jdk.open(nio);
      if (file != null) {
        jdk.plainConnect.begin(nio, file, remote);
      }
      return file != null;
    }
  }
}
