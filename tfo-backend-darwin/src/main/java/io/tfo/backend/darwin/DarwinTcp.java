package io.tfo.backend.darwin;

import static io.tfo.backend.darwin.DarwinSockets.CONNECT_DATA_IDEMPOTENT;
import static io.tfo.backend.darwin.DarwinSockets.CONNECT_RESUME_ON_READ_WRITE;
import static io.tfo.backend.darwin.DarwinSockets.IPPROTO_TCP;
import static io.tfo.backend.darwin.DarwinSockets.MSG_DONTWAIT;
import static io.tfo.backend.darwin.DarwinSockets.MSG_PEEK;
import static io.tfo.backend.darwin.DarwinSockets.SAE_ASSOCID_ANY;
import static io.tfo.backend.darwin.DarwinSockets.TCP_CONNECTION_INFO;
import static io.tfo.backend.darwin.DarwinSockets.TCP_FASTOPEN;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenOutcome;
import io.tfo.jna.NativeTcp;
import io.tfo.jna.SocketAddressLayout;
import io.tfo.jna.bsd.BsdErrno;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Sends the SYN by a {@code connectx} that is deferred to the first {@code send}. */
final class DarwinTcp implements NativeTcp {
  /** The first without the second connects without TFO; the second alone is dropped. */
  private static final int FLAGS = CONNECT_RESUME_ON_READ_WRITE | CONNECT_DATA_IDEMPOTENT;

  /**
   * The most data offered to a SYN: where more is queued than the segment holds, the kernel sends
   * none at all ({@code tcp_tfo_check}).
   */
  static final int MOST_SYN_DATA = 1200;

  private final DarwinSockets sockets;
  private final FastOpenSysctl sysctl;
  private final Endpoints.Pool endpoints;
  private final ByteBuffer on = ints(1);
  private final ByteBuffer off = ints(0);
  private final ByteBuffer nothing = ByteBuffer.allocateDirect(1);
  private final ByteBuffer infoLength = ints(0);
  private final ByteBuffer info =
      ByteBuffer.allocateDirect(ConnectionInfo.CAPACITY).order(ByteOrder.nativeOrder());

  DarwinTcp(DarwinSockets sockets) {
    this.sockets = sockets;
    this.sysctl = new FastOpenSysctl(sockets);
    this.endpoints = new Endpoints.Pool(sockets);
  }

  private static ByteBuffer ints(int value) {
    return ByteBuffer.allocateDirect(Integer.BYTES).order(ByteOrder.nativeOrder()).putInt(0, value);
  }

  /** A call without endpoints changes nothing: EINVAL where there is {@code connectx}. */
  @Override
  public void probe(int fd) throws IOException {
    int result = sockets.connectx(fd, null, SAE_ASSOCID_ANY, FLAGS, null, 0, null, null);
    if (BsdErrno.ENOSYS.is(result)) {
      throw new IOException("connectx: ENOSYS (78): macOS before 10.11");
    }
  }

  @Override
  public FastOpenCapability client() {
    return sysctl.client();
  }

  @Override
  public FastOpenCapability server() {
    return sysctl.server();
  }

  /**
   * The first {@code send} waits for the handshake, MSG_DONTWAIT or not: only the descriptor's own
   * mode is looked at ({@code tcp_usr_send}).
   */
  @Override
  public boolean needsNonBlockingDescriptor() {
    return true;
  }

  @Override
  public SocketAddressLayout addresses() {
    return SocketAddressLayout.DARWIN;
  }

  /**
   * A {@code connectx} that fails has sent nothing, and the JDK's connect decides. After one that
   * succeeded the socket is deferred, and only a read or write sends the SYN. One that fails ends
   * the deferral without a SYN, or has queued the data ({@code sosend}): either way, no other
   * connect can be made on this socket.
   *
   * @throws IOException if the SYN cannot be sent any more
   */
  @Override
  public int sendSyn(int fd, ByteBuffer address, int addressLength, ByteBuffer data, int dataLength)
      throws IOException {
    int connected = connectx(fd, address, addressLength);
    if (BsdErrno.EINPROGRESS.is(connected)) {
      return 0;
    }
    if (connected < 0) {
      return NOT_SENT;
    }
    return dataLength == 0
        ? sendEmptySyn(fd)
        : sendFirst(fd, data, Math.min(dataLength, MOST_SYN_DATA));
  }

  private int connectx(int fd, ByteBuffer address, int addressLength) {
    Endpoints lent = endpoints.borrow(address, addressLength);
    try {
      return sockets.connectx(fd, lent.memory, SAE_ASSOCID_ANY, FLAGS, null, 0, null, null);
    } finally {
      endpoints.giveBack(lent);
    }
  }

  /**
   * No SIGPIPE can come of it: nothing is shut down before the SYN is out, and the JVM ignores the
   * signal. So SO_NOSIGPIPE stays as the application has it, and MSG_NOSIGNAL, which macOS has from
   * 11 on only, is not needed.
   */
  private int sendFirst(int fd, ByteBuffer data, int length) throws IOException {
    int taken = sockets.send(fd, data, length, MSG_DONTWAIT);
    if (taken < 0) {
      throw BsdErrno.failed("send", taken);
    }
    return taken;
  }

  /**
   * A read sends the SYN of a deferred connect without data, and finds nothing to read. A {@code
   * send} of nothing would do as well, but with an error where that has worked.
   */
  private int sendEmptySyn(int fd) throws IOException {
    int got = sockets.recv(fd, nothing, nothing.capacity(), MSG_PEEK | MSG_DONTWAIT);
    if (got < 0 && !BsdErrno.EAGAIN.is(got)) {
      throw BsdErrno.failed("recv", got);
    }
    return 0;
  }

  /** After {@code listen} only, and a switch: a queue's length would be refused. */
  @Override
  public void acceptFastOpen(int fd, int backlog) {
    sockets.setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN, backlog > 0 ? on : off, Integer.BYTES);
  }

  @Override
  public FastOpenOutcome connectOutcome(int fd) throws IOException {
    synchronized (info) {
      return ConnectionInfo.ofClient(info, readInfo(fd));
    }
  }

  @Override
  public FastOpenOutcome acceptOutcome(int fd) throws IOException {
    synchronized (info) {
      return ConnectionInfo.ofServer(info, readInfo(fd));
    }
  }

  private int readInfo(int fd) throws IOException {
    infoLength.putInt(0, info.capacity());
    int result = sockets.getsockopt(fd, IPPROTO_TCP, TCP_CONNECTION_INFO, info, infoLength);
    if (result < 0) {
      throw BsdErrno.failed("getsockopt TCP_CONNECTION_INFO", result);
    }
    return infoLength.getInt(0);
  }
}
