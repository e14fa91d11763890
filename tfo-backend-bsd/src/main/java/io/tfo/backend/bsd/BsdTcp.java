package io.tfo.backend.bsd;

import static io.tfo.backend.bsd.BsdSocketApi.IPPROTO_TCP;
import static io.tfo.backend.bsd.BsdSocketApi.MSG_DONTWAIT;
import static io.tfo.backend.bsd.BsdSocketApi.MSG_NOSIGNAL;
import static io.tfo.backend.bsd.BsdSocketApi.TCP_FASTOPEN;
import static io.tfo.backend.bsd.BsdSocketApi.TCP_INFO;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenKeyOwner;
import io.tfo.FastOpenOutcome;
import io.tfo.jna.NativeTcp;
import io.tfo.jna.SocketAddressLayout;
import io.tfo.jna.bsd.BsdErrno;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;

/** Sends the SYN by a {@code sendto} that connects, on a socket that has TCP_FASTOPEN set. */
final class BsdTcp implements NativeTcp {
  private static final int FLAGS = MSG_NOSIGNAL | MSG_DONTWAIT;
  private static final int SYN_SENT = 2; // netinet/tcp_fsm.h, TCPS_SYN_SENT

  private final BsdSocketApi sockets;
  private final FastOpenSysctl clientEnable;
  private final FastOpenSysctl serverEnable;
  private final PathDisable pathDisable;
  private final ByteBuffer on = ints(1);
  private final ByteBuffer off = ints(0);

  /** Receives a socket's option, or the first bytes of its {@code tcp_info}; also the lock. */
  private final ByteBuffer told = ints(0);

  private final ByteBuffer toldLength = ints(0);

  BsdTcp(BsdSocketApi sockets) {
    this.sockets = sockets;
    this.clientEnable = FastOpenSysctl.client(sockets);
    this.serverEnable = FastOpenSysctl.server(sockets);
    this.pathDisable = new PathDisable(sockets);
  }

  /** Calls the C library. Here, so that a provider on another system loads none of its types. */
  static NativeTcp load() {
    return new BsdTcp(new Libc());
  }

  private static ByteBuffer ints(int value) {
    return ByteBuffer.allocateDirect(Integer.BYTES).order(ByteOrder.nativeOrder()).putInt(0, value);
  }

  @Override
  public void probe(int fd) throws IOException {
    if (clientEnable.isMissing()) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "this kernel has no %s: FreeBSD before 12, or built without TCP_RFC7413",
              clientEnable));
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

  /**
   * {@code sendto} does not wait for the handshake: it queues the data that the SYN does not carry,
   * as far as the send buffer holds it, and sends it after the SYN-ACK.
   */
  @Override
  public boolean needsNonBlockingDescriptor() {
    return false;
  }

  /**
   * The keys belong to the VNET: set by {@code net.inet.tcp.fastopen.setkey}, or made by the kernel
   * and changed every {@code autokey} seconds. A pre-shared key, which a client uses in place of a
   * cookie, is not such a key.
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
   * @throws IOException if {@code sendto} fails. Without a route the kernel has dropped the data
   *     and the socket could connect again. With a neighbour that does not answer (EHOSTDOWN) a
   *     connect is under way. {@code sendto} does not distinguish the two, so the socket is given
   *     up.
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
    pathDisable.sent(fd, isPathDisabled(fd));
    return taken;
  }

  /**
   * Whether the kernel has disabled the path: it then switches the option off before it sends the
   * SYN. After the SYN-ACK an option that is off is ambiguous: the SYN-ACK may have come without a
   * cookie.
   */
  private boolean isPathDisabled(int fd) {
    synchronized (told) {
      return get(fd, TCP_FASTOPEN) >= 0
          && told.getInt(0) == 0
          && get(fd, TCP_INFO) >= 0
          && told.get(0) == SYN_SENT;
    }
  }

  @Override
  public boolean wasSentPlainly(int fd) {
    return pathDisable.isPlain(fd);
  }

  /** Reads an int, or the first bytes of a longer option. The caller holds the lock. */
  private int get(int fd, int name) {
    toldLength.putInt(0, told.capacity());
    return sockets.getsockopt(fd, IPPROTO_TCP, name, told, toldLength);
  }

  /** The result of the call is ignored: EPERM where the server side is off, as the sysctl tells. */
  @Override
  public void acceptFastOpen(int fd, int backlog) {
    sockets.setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN, backlog > 0 ? on : off, Integer.BYTES);
  }

  /**
   * A SYN that is sent again has no option, and neither has its answer. So if a connection has the
   * option, its first SYN was answered. If it has not, the result is unknown: a Linux server
   * acknowledges data without the option.
   */
  @Override
  public FirstSyn firstSyn(int fd) throws IOException {
    synchronized (told) {
      return pathDisable.isPlain(fd) || isFastOpen(get(fd, TCP_FASTOPEN))
          ? FirstSyn.ANSWERED
          : FirstSyn.UNKNOWN;
    }
  }

  /**
   * Knows only of a SYN that was plain. The option, and TCPI_OPT_TFO of newer kernels (15.1, not
   * 13.2), tell whether the SYN-ACK brought a cookie: it does where one was asked for, and from a
   * FreeBSD server also where data was acknowledged; from a Linux server it does not.
   */
  @Override
  public FastOpenOutcome connectOutcome(int fd) {
    return pathDisable.isPlain(fd) ? FastOpenOutcome.NOT_ATTEMPTED : FastOpenOutcome.UNKNOWN;
  }

  /**
   * The option is negative, not 0, on a socket that a SYN with a valid cookie opened. The kernel
   * reports nothing about a connection that the peer has reset; for the caller that is no failure.
   */
  @Override
  public FastOpenOutcome acceptOutcome(int fd) throws IOException {
    synchronized (told) {
      int result = get(fd, TCP_FASTOPEN);
      if (BsdErrno.ECONNRESET.is(result)) {
        return FastOpenOutcome.UNKNOWN;
      }
      return isFastOpen(result) ? FastOpenOutcome.SYN_DATA_ACKED : FastOpenOutcome.NOT_ATTEMPTED;
    }
  }

  /** Whether the option that was read is on. The caller holds the lock. */
  private boolean isFastOpen(int result) throws IOException {
    if (result < 0) {
      throw BsdErrno.failed("getsockopt TCP_FASTOPEN", result);
    }
    return told.getInt(0) != 0;
  }
}
