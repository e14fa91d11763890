package io.tfo.jna.linux;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenOutcome;
import io.tfo.jna.KernelDeferral;
import io.tfo.jna.NativeTcp;
import io.tfo.jna.SocketAddressLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * TCP Fast Open on Linux, except for the SYN: there are two ways to send it, one for each backend.
 */
public abstract class LinuxTcp implements NativeTcp {
  /** The system calls. */
  protected final LinuxSockets sockets;

  private final FastOpenSysctl sysctl = new FastOpenSysctl();
  private final boolean tellsFailure;
  private final ByteBuffer info = ByteBuffer.allocateDirect(TcpInfo.CAPACITY);
  private final ByteBuffer infoLength = ints(0);

  /**
   * Creates Linux' TCP over its system calls.
   *
   * @param sockets the system calls
   * @param release the kernel's release, such as {@code 6.1.0-13-amd64}
   */
  protected LinuxTcp(LinuxSockets sockets, String release) {
    this.sockets = sockets;
    this.tellsFailure = KernelRelease.parse(release).isAtLeast(5, 5);
  }

  /**
   * Tells why a backend for Linux does not work on this system.
   *
   * @return the reason, or null if it may work
   */
  public static @Nullable String foreign() {
    return LinuxPlatform.foreign(
        System.getProperty("os.name", ""), System.getProperty("os.arch", ""));
  }

  /**
   * Creates a direct buffer that holds one C int.
   *
   * @param value the int
   * @return the buffer
   */
  protected static ByteBuffer ints(int value) {
    return ByteBuffer.allocateDirect(Integer.BYTES).order(ByteOrder.nativeOrder()).putInt(0, value);
  }

  @Override
  public final FastOpenCapability client() {
    return sysctl.client();
  }

  @Override
  public final FastOpenCapability server() {
    return sysctl.server();
  }

  @Override
  public final SocketAddressLayout addresses() {
    return SocketAddressLayout.LINUX;
  }

  /** The result of the call is ignored: it succeeds even where the server side is off. */
  @Override
  public final void acceptFastOpen(int fd, int backlog) {
    sockets.setsockopt(
        fd, LinuxSockets.IPPROTO_TCP, LinuxSockets.TCP_FASTOPEN, ints(backlog), Integer.BYTES);
  }

  @Override
  public final boolean isAnswered(int fd) throws IOException {
    synchronized (info) {
      return TcpInfo.isAnswered(info, readInfo(fd));
    }
  }

  /**
   * Not read from the outcome, which hides a lost cookie request, and all losses before Linux 5.5.
   */
  @Override
  public final FirstSyn firstSyn(int fd) throws IOException {
    synchronized (info) {
      return TcpInfo.firstSyn(info, readInfo(fd), tellsFailure);
    }
  }

  @Override
  public final FastOpenOutcome connectOutcome(int fd) throws IOException {
    synchronized (info) {
      return TcpInfo.ofClient(info, readInfo(fd), tellsFailure);
    }
  }

  @Override
  public final FastOpenOutcome acceptOutcome(int fd) throws IOException {
    synchronized (info) {
      return TcpInfo.ofServer(info, readInfo(fd));
    }
  }

  /**
   * Reads the stage of a deferred connect.
   *
   * @param fd the socket
   * @return the stage; {@code FAILED} also where the system call fails
   */
  protected final KernelDeferral.Stage stage(int fd) {
    synchronized (info) {
      try {
        return TcpInfo.stage(info, readInfo(fd));
      } catch (IOException e) {
        return KernelDeferral.Stage.FAILED;
      }
    }
  }

  /**
   * Tells whether the state of a socket can be read. A sandbox may filter that.
   *
   * @param fd any socket
   * @return whether {@link #stage} works
   */
  protected final boolean tellsStage(int fd) {
    synchronized (info) {
      try {
        return readInfo(fd) > 0;
      } catch (IOException e) {
        return false;
      }
    }
  }

  private int readInfo(int fd) throws IOException {
    infoLength.putInt(0, info.capacity());
    int result =
        sockets.getsockopt(fd, LinuxSockets.IPPROTO_TCP, LinuxSockets.TCP_INFO, info, infoLength);
    if (result < 0) {
      throw new IOException("getsockopt TCP_INFO: errno " + -result);
    }
    return infoLength.getInt(0);
  }
}
