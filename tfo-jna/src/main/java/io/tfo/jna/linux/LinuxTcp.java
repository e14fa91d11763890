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

/** TCP Fast Open on Linux, but for the SYN: of that there are two ways, one for each backend. */
public abstract class LinuxTcp implements NativeTcp {
  /** The system calls. */
  protected final LinuxSockets sockets;

  private final FastOpenSysctl sysctl = new FastOpenSysctl();
  private final boolean tellsFailure;
  private final ByteBuffer info = ByteBuffer.allocateDirect(TcpInfo.CAPACITY);
  private final ByteBuffer infoLength = ints(0);

  /**
   * Linux by its system calls.
   *
   * @param sockets the system calls
   * @param release the kernel's release, such as {@code 6.1.0-13-amd64}
   */
  protected LinuxTcp(LinuxSockets sockets, String release) {
    this.sockets = sockets;
    this.tellsFailure = KernelRelease.parse(release).isAtLeast(5, 5);
  }

  /**
   * Why a backend for Linux does not work on this system.
   *
   * @return null if it may work
   */
  public static @Nullable String foreign() {
    return LinuxPlatform.foreign(
        System.getProperty("os.name", ""), System.getProperty("os.arch", ""));
  }

  /**
   * One int in the memory of C.
   *
   * @param value the int
   * @return a direct buffer that holds it
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

  /** What the option answers says nothing: it succeeds even where the server side is off. */
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

  /** The outcome does not tell it of a SYN that asked for a cookie, nor of any before Linux 5.5. */
  @Override
  public final boolean hasLostSyn(int fd) throws IOException {
    synchronized (info) {
      return TcpInfo.hasLostSyn(info, readInfo(fd));
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
   * What has become of a deferred connect.
   *
   * @param fd the socket
   * @return the stage; {@code FAILED} also where the kernel does not answer
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
