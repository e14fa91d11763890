package io.tfo.backend.linux.connect;

import io.tfo.jna.KernelDeferral;
import io.tfo.linux.LinuxSocketApi;
import io.tfo.linux.LinuxTcp;
import io.tfo.linux.RefusedCallException;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Sends the SYN by a {@code connect} that TCP_FASTOPEN_CONNECT defers to the first {@code send}.
 */
final class LinuxConnectTcp extends LinuxTcp {
  private static final int FLAGS = LinuxSocketApi.MSG_DONTWAIT | LinuxSocketApi.MSG_NOSIGNAL;

  private final ByteBuffer on = ints(1);
  private final ByteBuffer off = ints(0);
  private final ByteBuffer nothing = ByteBuffer.allocateDirect(0);
  private final KernelDeferral deferral = new FirstWriteDeferral();
  private final ByteBuffer unspecified =
      ByteBuffer.allocateDirect(16)
          .order(ByteOrder.nativeOrder())
          .putShort(0, LinuxSocketApi.AF_UNSPEC);

  LinuxConnectTcp(LinuxSocketApi sockets, String release) {
    super(sockets, release);
  }

  /** A {@code send} on a socket that is not connected fails with EPIPE, and sends nothing. */
  @Override
  protected boolean isClientOn(int fd) throws RefusedCallException {
    int option = setOption(fd, on);
    RefusedCallException.check("setsockopt TCP_FASTOPEN_CONNECT", option, "4.11");
    RefusedCallException.check("send", sockets.send(fd, nothing, 0, FLAGS), null);
    return option != -LinuxSocketApi.EOPNOTSUPP;
  }

  @Override
  public boolean needsNonBlockingDescriptor() {
    return true;
  }

  @Override
  public int sendSyn(int fd, ByteBuffer address, int addressLength, ByteBuffer data, int dataLength)
      throws IOException {
    if (isClientRefused() || setOption(fd, on) < 0) {
      return NOT_SENT;
    }
    int connected = sockets.connect(fd, address, addressLength);
    if (connected == -LinuxSocketApi.EINPROGRESS) {
      return 0;
    }
    if (connected < 0) {
      // The JDK's own connect follows: it must not be deferred.
      setOption(fd, off);
      return NOT_SENT;
    }
    return sent(fd, sockets.send(fd, data, dataLength, FLAGS));
  }

  /**
   * Checks the result of {@code send}, by which the kernel should have sent the SYN of a deferred
   * connect.
   *
   * @param taken what {@code send} has returned
   */
  private int sent(int fd, int taken) throws ConnectException {
    if (taken == -LinuxSocketApi.EINPROGRESS) {
      return 0;
    }
    if (taken < 0) {
      undo(fd, -taken);
      return NOT_SENT;
    }
    return taken;
  }

  /**
   * Cancels a deferred connect whose SYN the kernel does not send. If the client side was switched
   * off between {@code connect} and {@code send}, the option cannot be switched off. While it is
   * on, the kernel defers every connect of this socket and never sends a SYN, so this connect must
   * fail.
   *
   * @throws ConnectException if the option cannot be switched off
   */
  private void undo(int fd, int errno) throws ConnectException {
    disconnect(fd);
    if (setOption(fd, off) < 0) {
      throw switchedOff(errno);
    }
  }

  private static ConnectException switchedOff(int errno) {
    return new ConnectException(
        String.format(
            Locale.ROOT,
            "send: errno %d: net.ipv4.tcp_fastopen was switched off during the connect",
            errno));
  }

  private void disconnect(int fd) {
    sockets.connect(fd, unspecified, unspecified.capacity());
  }

  /**
   * Needs the stage: without it, a connect that waits for its first write looks complete. Needs
   * {@code send}, too: without it, each deferred connect would be cancelled.
   */
  @Override
  public Optional<KernelDeferral> deferral() {
    return tellsStage() && !isClientRefused() ? Optional.of(deferral) : Optional.empty();
  }

  /** The same deferral for connects whose SYN the application's first write sends. */
  private final class FirstWriteDeferral implements KernelDeferral {
    @Override
    public boolean defer(int fd) {
      return setOption(fd, on) >= 0;
    }

    @Override
    public void cancel(int fd) {
      setOption(fd, off);
    }

    @Override
    public boolean isDeferred(int fd) {
      return LinuxConnectTcp.this.isDeferred(fd);
    }

    @Override
    public Stage stage(int fd) {
      return LinuxConnectTcp.this.stage(fd);
    }

    @Override
    public int send(int fd, ByteBuffer data, int length) throws IOException {
      int taken = sockets.send(fd, data, length, FLAGS);
      if (taken == -LinuxSocketApi.EOPNOTSUPP) {
        // The connect stays deferred: a disconnect would wake a thread that waits for the socket.
        throw switchedOff(-taken);
      }
      return sent(fd, taken);
    }

    @Override
    public boolean sendEmptySyn(int fd) {
      int sent = sockets.send(fd, nothing, 0, FLAGS);
      return sent >= 0 || sent == -LinuxSocketApi.EINPROGRESS || stage(fd) != Stage.WAITING;
    }

    @Override
    public void end(int fd) {
      disconnect(fd);
    }

    @Override
    public boolean resetsAtClose(int fd) {
      ByteBuffer linger = linger(fd);
      return linger != null && linger.getInt(Integer.BYTES) == 0;
    }

    @Override
    public void prepareClose(int fd) {
      if (!resetsAtClose(fd)) {
        sockets.shutdown(fd, LinuxSocketApi.SHUT_WR);
        sockets.recv(fd, Integer.MAX_VALUE, LinuxSocketApi.MSG_TRUNC | LinuxSocketApi.MSG_DONTWAIT);
      }
    }

    @Override
    public void stopLingering(int fd) {
      ByteBuffer linger = linger(fd);
      if (linger != null && linger.getInt(Integer.BYTES) != 0) {
        linger.putInt(0, 0);
        sockets.setsockopt(
            fd, LinuxSocketApi.SOL_SOCKET, LinuxSocketApi.SO_LINGER, linger, linger.capacity());
      }
    }

    /** Reads SO_LINGER: whether it is set, and the seconds. Null if it is not set. */
    private @Nullable ByteBuffer linger(int fd) {
      ByteBuffer linger =
          ByteBuffer.allocateDirect(2 * Integer.BYTES).order(ByteOrder.nativeOrder());
      int result =
          sockets.getsockopt(
              fd,
              LinuxSocketApi.SOL_SOCKET,
              LinuxSocketApi.SO_LINGER,
              linger,
              ints(linger.capacity()));
      return result >= 0 && linger.getInt(0) != 0 ? linger : null;
    }
  }

  private int setOption(int fd, ByteBuffer value) {
    return sockets.setsockopt(
        fd, LinuxSocketApi.IPPROTO_TCP, LinuxSocketApi.TCP_FASTOPEN_CONNECT, value, Integer.BYTES);
  }
}
