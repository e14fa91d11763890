package io.tfo.backend.bsd;

import static io.tfo.backend.bsd.BsdSockets.IPPROTO_TCP;
import static io.tfo.backend.bsd.BsdSockets.MSG_DONTWAIT;
import static io.tfo.backend.bsd.BsdSockets.MSG_NOSIGNAL;
import static io.tfo.backend.bsd.BsdSockets.TCP_FASTOPEN;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenKeyOwner;
import io.tfo.FastOpenOutcome;
import io.tfo.jna.NativeTcp;
import io.tfo.jna.SocketAddressLayout;
import io.tfo.jna.bsd.BsdErrno;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Sends the SYN by a {@code sendto} that connects, on a socket that has TCP_FASTOPEN set. */
final class BsdTcp implements NativeTcp {
  private static final int FLAGS = MSG_NOSIGNAL | MSG_DONTWAIT;

  private final BsdSockets sockets;
  private final FastOpenSysctl clientEnable;
  private final FastOpenSysctl serverEnable;
  private final PathDisable pathDisable;
  private final ByteBuffer on = ints(1);
  private final ByteBuffer off = ints(0);
  private final ByteBuffer option = ints(0);
  private final ByteBuffer optionLength = ints(0);

  BsdTcp(BsdSockets sockets) {
    this.sockets = sockets;
    this.clientEnable = FastOpenSysctl.client(sockets);
    this.serverEnable = FastOpenSysctl.server(sockets);
    this.pathDisable = new PathDisable(sockets);
  }

  private static ByteBuffer ints(int value) {
    return ByteBuffer.allocateDirect(Integer.BYTES).order(ByteOrder.nativeOrder()).putInt(0, value);
  }

  @Override
  public void probe(int fd) throws IOException {
    if (clientEnable.isMissing()) {
      throw new IOException(
          "this kernel has no %s: FreeBSD before 12, or built without TCP_RFC7413"
              .formatted(clientEnable));
    }
  }

  @Override
  public FastOpenCapability client() {
    return pathDisable.applyTo(clientEnable.capability());
  }

  @Override
  public FastOpenCapability server() {
    return serverEnable.capability();
  }

  /** {@code sendto} does not wait for the handshake: it queues what the SYN does not carry. */
  @Override
  public boolean needsNonBlockingDescriptor() {
    return false;
  }

  /**
   * Keys are those of the VNET: {@code net.inet.tcp.fastopen.setkey}, or made by the kernel and
   * changed every {@code autokey} seconds. A pre-shared key, which a client proves in place of a
   * cookie, is something else.
   */
  @Override
  public FastOpenKeyOwner keyOwner() {
    return FastOpenKeyOwner.MACHINE;
  }

  @Override
  public SocketAddressLayout addresses() {
    return SocketAddressLayout.BSD;
  }

  /**
   * Reads the sysctl first, because the option can be set where only the server side is on. Without
   * the option there must be no {@code sendto}: it would send data without a cookie.
   *
   * @throws IOException if {@code sendto} fails: the kernel queues the data before it connects
   *     ({@code tcp_usr_send}), so another connect on this socket would send it once more
   */
  @Override
  public int sendSyn(int fd, ByteBuffer address, int addressLength, ByteBuffer data, int dataLength)
      throws IOException {
    if (!clientEnable.isOn()
        || sockets.setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN, on, Integer.BYTES) < 0) {
      return NOT_SENT;
    }
    int taken = sockets.sendto(fd, data, dataLength, FLAGS, address, addressLength);
    if (taken < 0) {
      throw BsdErrno.failed("sendto", taken);
    }
    return taken;
  }

  /** The result of the call is ignored: EPERM where the server side is off, as the sysctl tells. */
  @Override
  public void acceptFastOpen(int fd, int backlog) {
    sockets.setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN, backlog > 0 ? on : off, Integer.BYTES);
  }

  /**
   * The kernel does not tell. The option and TCP_INFO show {@code TF_FASTOPEN}, which stays set if
   * the SYN-ACK brought a cookie and is cleared if not, whether the data was acknowledged or not.
   */
  @Override
  public FastOpenOutcome connectOutcome(int fd) {
    return FastOpenOutcome.UNKNOWN;
  }

  /** The option is negative, not 0, on a socket that a SYN with a valid cookie opened. */
  @Override
  public FastOpenOutcome acceptOutcome(int fd) throws IOException {
    synchronized (option) {
      optionLength.putInt(0, option.capacity());
      int result = sockets.getsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN, option, optionLength);
      if (result < 0) {
        throw BsdErrno.failed("getsockopt TCP_FASTOPEN", result);
      }
      return option.getInt(0) != 0 ? FastOpenOutcome.SYN_DATA_ACKED : FastOpenOutcome.NOT_ATTEMPTED;
    }
  }
}
