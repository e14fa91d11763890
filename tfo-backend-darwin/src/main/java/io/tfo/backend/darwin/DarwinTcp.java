package io.tfo.backend.darwin;

import static io.tfo.backend.darwin.DarwinSocketApi.CONNECT_DATA_IDEMPOTENT;
import static io.tfo.backend.darwin.DarwinSocketApi.CONNECT_RESUME_ON_READ_WRITE;
import static io.tfo.backend.darwin.DarwinSocketApi.IPPROTO_TCP;
import static io.tfo.backend.darwin.DarwinSocketApi.MSG_DONTWAIT;
import static io.tfo.backend.darwin.DarwinSocketApi.MSG_PEEK;
import static io.tfo.backend.darwin.DarwinSocketApi.SAE_ASSOCID_ANY;
import static io.tfo.backend.darwin.DarwinSocketApi.TCP_CONNECTION_INFO;
import static io.tfo.backend.darwin.DarwinSocketApi.TCP_FASTOPEN;
import static io.tfo.backend.darwin.DarwinSocketApi.TCP_MAXSEG;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenKeyOwner;
import io.tfo.FastOpenOutcome;
import io.tfo.jna.NativeTcp;
import io.tfo.jna.SocketAddressLayout;
import io.tfo.jna.bsd.BsdErrno;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Sends the SYN by a {@code connectx} that is deferred to the first {@code send}. */
final class DarwinTcp implements NativeTcp {
  /** The first flag alone connects without TFO; the kernel ignores the second flag alone. */
  private static final int FLAGS = CONNECT_RESUME_ON_READ_WRITE | CONNECT_DATA_IDEMPOTENT;

  /** The bytes that the kernel reserves for options in a SYN with data ({@code tcp_tfo_check}). */
  private static final int OPTIONS = 40;

  /**
   * The smallest segment size: that of a new route over IPv4 ({@code tcp_mssdflt}). Over IPv6 it is
   * 1,024.
   */
  private static final int LEAST_SEGMENT = 512;

  /** The text of macOS for error 96, ENODATA, as the JDK gets it. */
  private static final String NO_MESSAGE_AVAILABLE = "No message available on STREAM";

  private final DarwinSocketApi sockets;
  private final FastOpenSysctl sysctl;
  private final Heuristics heuristics;
  private final Endpoints.Pool endpoints;
  private final ByteBuffer on = ints(1);
  private final ByteBuffer off = ints(0);
  private final ByteBuffer nothing = ByteBuffer.allocateDirect(1);
  private final ByteBuffer segment = ints(0);
  private final ByteBuffer segmentLength = ints(0);
  private final ByteBuffer infoLength = ints(0);
  private final ByteBuffer info =
      ByteBuffer.allocateDirect(ConnectionInfo.CAPACITY).order(ByteOrder.nativeOrder());

  DarwinTcp(DarwinSocketApi sockets) {
    this.sockets = sockets;
    this.sysctl = new FastOpenSysctl(sockets);
    this.heuristics = new Heuristics(sockets);
    this.endpoints = new Endpoints.Pool(sockets);
  }

  /** Calls the C library. Here, so that a provider on another system loads none of its types. */
  static NativeTcp load() {
    return new DarwinTcp(new Libc());
  }

  private static ByteBuffer ints(int value) {
    return ByteBuffer.allocateDirect(Integer.BYTES).order(ByteOrder.nativeOrder()).putInt(0, value);
  }

  /** Calls {@code connectx} without endpoints, which changes nothing: EINVAL where it exists. */
  @Override
  public void probe(int fd) throws IOException {
    int result = sockets.connectx(fd, null, SAE_ASSOCID_ANY, FLAGS, null, 0, null, null);
    if (BsdErrno.ENOSYS.is(result)) {
      throw new IOException("connectx: ENOSYS (78): macOS before 10.11");
    }
  }

  @Override
  public FastOpenCapability client() {
    return heuristics.applyTo(sysctl.client());
  }

  @Override
  public FastOpenCapability server() {
    return sysctl.server();
  }

  /**
   * The first {@code send} on a blocking descriptor waits for the handshake, even with
   * MSG_DONTWAIT: the kernel checks the descriptor's own mode only ({@code tcp_usr_send}).
   */
  @Override
  public boolean needsNonBlockingDescriptor() {
    return true;
  }

  /** The key is the machine's: {@code net.inet.tcp.fastopen_key}, which can only be written. */
  @Override
  public FastOpenKeyOwner keyOwner() {
    return FastOpenKeyOwner.MACHINE;
  }

  @Override
  public SocketAddressLayout addresses() {
    return SocketAddressLayout.DARWIN;
  }

  /**
   * Reads the sysctl first: where the client side is off, {@code connectx} defers the connect all
   * the same, and sends a plain SYN.
   *
   * <p>If {@code connectx} fails, it has sent nothing, and the JDK's connect decides. There is one
   * exception: if a policy denies the connect (EHOSTUNREACH), such as local network privacy in
   * macOS 15, the socket is already bound to its destination, and another connect fails with
   * EADDRINUSE. If it succeeds, the connect is deferred, and the next read or write sends the SYN.
   * If that read or write fails, it has ended the deferral without a SYN, or has queued the data
   * ({@code sosend}): either way, this socket cannot be connected any more.
   *
   * @throws IOException if the SYN cannot be sent any more
   */
  @Override
  public int sendSyn(int fd, ByteBuffer address, int addressLength, ByteBuffer data, int dataLength)
      throws IOException {
    if (!sysctl.isClientOn()) {
      return NOT_SENT;
    }
    int connected = connectx(fd, address, addressLength);
    if (BsdErrno.EINPROGRESS.is(connected)) {
      return 0;
    }
    if (BsdErrno.EHOSTUNREACH.is(connected)) {
      throw BsdErrno.failed("connectx", connected);
    }
    if (connected < 0) {
      return NOT_SENT;
    }
    return dataLength == 0
        ? sendEmptySyn(fd)
        : sendFirst(fd, data, Math.min(dataLength, mostSynData(fd)));
  }

  /**
   * The maximum data offered to a SYN, in bytes: if more is queued than the segment holds, the
   * kernel sends none of it in the SYN ({@code tcp_tfo_check}). After {@code connectx} the kernel
   * knows the route, and so the segment size. If the route was used before, the result is 1,408
   * bytes on an Ethernet.
   */
  private int mostSynData(int fd) {
    synchronized (segment) {
      segmentLength.putInt(0, segment.capacity());
      int result = sockets.getsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, segment, segmentLength);
      int size = result < 0 ? 0 : segment.getInt(0);
      return (size <= OPTIONS ? LEAST_SEGMENT : size) - OPTIONS;
    }
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
   * This call cannot raise SIGPIPE: nothing is shut down before the SYN is sent, and the JVM
   * ignores the signal. So SO_NOSIGPIPE stays as the application has set it, and MSG_NOSIGNAL,
   * which macOS has since version 11, is not needed.
   */
  private int sendFirst(int fd, ByteBuffer data, int length) throws IOException {
    int taken = sockets.send(fd, data, length, MSG_DONTWAIT);
    if (taken < 0) {
      throw failed("send", taken);
    }
    return taken;
  }

  /**
   * Sends the SYN of a deferred connect by a read, which finds nothing to read. A {@code send} of
   * no bytes sends it, too, but then returns an error.
   */
  private int sendEmptySyn(int fd) throws IOException {
    int got = sockets.recv(fd, nothing, nothing.capacity(), MSG_PEEK | MSG_DONTWAIT);
    if (got < 0 && !BsdErrno.EAGAIN.is(got)) {
      throw failed("recv", got);
    }
    return 0;
  }

  /** The exception that the JDK would throw, except for ENODATA, which is a timeout. */
  private static IOException failed(String call, int result) {
    IOException failure = BsdErrno.failed(call, result);
    return BsdErrno.ENODATA.is(result) ? new ConnectException(failure.getMessage()) : failure;
  }

  /** Called after {@code listen}. The option is a switch: macOS refuses a queue's length. */
  @Override
  public void acceptFastOpen(int fd, int backlog) {
    sockets.setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN, backlog > 0 ? on : off, Integer.BYTES);
  }

  /** Reads the state itself: a program that finishes its connect late has not lost a SYN. */
  @Override
  public boolean isAnswered(int fd) throws IOException {
    synchronized (info) {
      return ConnectionInfo.isAnswered(info, readInfo(fd));
    }
  }

  /**
   * ENODATA in place of an answer is a timeout: a SYN with data had no answer for about 5 seconds.
   */
  @Override
  public IOException connectFailure(IOException failure) {
    return failure.getClass() == SocketException.class
            && NO_MESSAGE_AVAILABLE.equals(failure.getMessage())
        ? (IOException)
            new ConnectException("ENODATA (96): " + NO_MESSAGE_AVAILABLE).initCause(failure)
        : failure;
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
