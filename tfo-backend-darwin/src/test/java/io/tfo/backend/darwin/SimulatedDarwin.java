package io.tfo.backend.darwin;

import static io.tfo.backend.darwin.DarwinAbi.CONNECT_DATA_AUTHENTICATED;
import static io.tfo.backend.darwin.DarwinAbi.CONNECT_DATA_IDEMPOTENT;
import static io.tfo.backend.darwin.DarwinAbi.CONNECT_RESUME_ON_READ_WRITE;
import static io.tfo.backend.darwin.DarwinAbi.ENODATA;
import static io.tfo.backend.darwin.DarwinAbi.ENOSYS;
import static io.tfo.backend.darwin.DarwinAbi.ENOTSUP;
import static io.tfo.backend.darwin.DarwinAbi.EOPNOTSUPP;
import static io.tfo.backend.darwin.DarwinAbi.MSG_NOSIGNAL;
import static io.tfo.backend.darwin.DarwinAbi.MSG_PEEK;
import static io.tfo.backend.darwin.DarwinAbi.SAE_ASSOCID_ANY;
import static io.tfo.backend.darwin.DarwinAbi.TCP_CONNECTION_INFO;
import static io.tfo.backend.darwin.DarwinAbi.TCP_FASTOPEN;
import static io.tfo.backend.darwin.DarwinAbi.TCP_MAXSEG;
import static io.tfo.lab.simulation.BsdAbi.EAGAIN;
import static io.tfo.lab.simulation.BsdAbi.EALREADY;
import static io.tfo.lab.simulation.BsdAbi.EHOSTUNREACH;
import static io.tfo.lab.simulation.BsdAbi.EINPROGRESS;
import static io.tfo.lab.simulation.BsdAbi.EINVAL;
import static io.tfo.lab.simulation.BsdAbi.EISCONN;
import static io.tfo.lab.simulation.BsdAbi.ENOTCONN;
import static io.tfo.lab.simulation.BsdAbi.EPIPE;
import static io.tfo.lab.simulation.BsdAbi.MSG_DONTWAIT;

import io.tfo.jna.FreshBackend;
import io.tfo.lab.simulation.BsdKernel;
import io.tfo.lab.simulation.CallScript;
import io.tfo.lab.simulation.Handshake;
import io.tfo.lab.simulation.LinuxCalls;
import io.tfo.spi.FastOpenBackend;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * macOS' TCP Fast Open, after xnu's {@code uipc_socket.c}, {@code uipc_syscalls.c}, {@code
 * tcp_usrreq.c} and {@code tcp_output.c}. The two bits of its sysctl are those of Linux, swapped.
 */
final class SimulatedDarwin extends BsdKernel<SimulatedDarwin.Socket, SimulatedDarwin.Deviation>
    implements DarwinSocketApi {
  /** A difference from an ordinary macOS. */
  enum Deviation {
    /** Before 10.11. */
    WITHOUT_CONNECTX,
    /** {@code net.inet.tcp.fastopen=1}. */
    CLIENT_OFF,
    /** {@code net.inet.tcp.fastopen=2}. */
    SERVER_OFF,
    /** The heuristics avoid the option on this network from the beginning. */
    HEURISTICS,
    /** {@code net.inet.tcp.disable_tcp_heuristics=1}. */
    HEURISTICS_OFF,
    /** The send buffer has room for {@link #ROOM} bytes. */
    PARTIAL_QUEUEING,
    /** A black hole was found: the socket's error is ENODATA, once the write is made. */
    BLACK_HOLE,
    /**
     * The route is lost between {@code connectx} and the write, which queues its data first. The
     * program gets no error: the connect has no answer.
     */
    UNREACHABLE_ONCE_QUEUED,
    /** A policy denies the connect, such as that of local networks in macOS 15. */
    DENIED_BY_POLICY,
    /** No route was used before, so none knows the size of the other host's segments. */
    FRESH_ROUTES,
    /** A {@code connectx} that does not defer: the SYN leaves at once, and is plain. */
    NEVER_DEFERS,
    /** 10.11's {@code tcp_connection_info}, which is shorter. */
    OLD_CONNECTION_INFO
  }

  /** {@code tcp_tfo_check}: what is queued must fit one segment, less this. */
  private static final int OPTIONS = 40;

  private static final int TIMESTAMPS = 12;

  /** How long the heuristics switch the option off first. */
  private static final Duration FIRST_WAIT = Duration.ofMinutes(60);

  private static final int SIZEOF_OLD_CONNECTION_INFO = 104;
  private static final long HANDSHAKE_MILLIS = 30_000;

  /** The state of a socket that macOS keeps in addition to Linux' state. */
  static final class Socket {
    /** Where {@code connectx} is to connect, in the layout of Linux, until the SYN is sent. */
    private byte @Nullable [] deferredTo;

    private boolean fastOpen;
    private volatile boolean connects;
    private boolean heuristics;

    /** {@code t_maxopd}: what a segment holds, with its options. */
    private int segment;
  }

  private final Set<ByteBuffer> routes = ConcurrentHashMap.newKeySet();
  private final Heuristics heuristics = new Heuristics();

  /** Those whose answer the heuristics may not have seen so far. */
  private final Queue<Handshake> handshakes = new ConcurrentLinkedQueue<>();

  /** {@code tcp_cache.c}, of one network: two refused connects switch the option off. */
  private static final class Heuristics {
    private int refused;
    private long off;
    private boolean isOff;

    private synchronized void told(boolean success) {
      refused = success ? 0 : refused + 1;
      if (refused == 2) {
        isOff = true;
        off = System.nanoTime();
      }
    }

    private synchronized boolean isOff() {
      isOff &= System.nanoTime() - off < FIRST_WAIT.toNanos();
      return isOff;
    }
  }

  /** Creates a kernel that differs in some way. */
  SimulatedDarwin(Deviation... deviations) {
    super(Socket::new, DarwinAbi.AF_INET6, Deviation.class, Set.of(deviations));
  }

  /** Creates the backend on a kernel that differs in some way, or in none. */
  static FastOpenBackend backend(Deviation... deviations) {
    return backend(new CallScript(), deviations);
  }

  /** Creates the same backend, with the answers to its calls overruled by a script. */
  static FastOpenBackend backend(CallScript script, Deviation... deviations) {
    DarwinSocketApi sockets = script.over(DarwinSocketApi.class, new SimulatedDarwin(deviations));
    return new FreshBackend("darwin (simulated macOS on Linux)", () -> new DarwinTcp(sockets));
  }

  private boolean client() {
    return isClientOn(Deviation.CLIENT_OFF);
  }

  private boolean server() {
    return isServerOn(Deviation.SERVER_OFF);
  }

  @Override
  public int sysctlbyname(ByteBuffer name, ByteBuffer value, ByteBuffer length) {
    int bits = (server() ? 1 : 0) | (client() ? 2 : 0);
    Map<String, Integer> values =
        Map.of(
            "net.inet.tcp.fastopen",
            bits,
            "net.inet.tcp.disable_tcp_heuristics",
            has(Deviation.HEURISTICS_OFF) ? 1 : 0,
            "net.inet.tcp.ecn_timeout",
            60);
    return sysctl(has(Deviation.WITHOUT_CONNECTX) ? Map.of() : values, name, value, length);
  }

  @Override
  public int setsockopt(int fd, int level, int name, ByteBuffer value, int length) {
    return optionCall(
        fd, level, name, TCP_FASTOPEN, (socket, info) -> set(fd, info, value, length));
  }

  private int set(int fd, ByteBuffer info, ByteBuffer value, int length) {
    if (!server()) {
      return -ENOTSUP;
    }
    if (length < Integer.BYTES
        || (value.getInt(0) & ~1) != 0
        || LinuxCalls.state(info) != LinuxCalls.LISTEN) {
      return -EINVAL;
    }
    LinuxCalls.acceptFastOpen(fd, value.getInt(0) == 1);
    return 0;
  }

  @Override
  public int getsockopt(int fd, int level, int name, ByteBuffer value, ByteBuffer length) {
    if (name == TCP_MAXSEG) {
      return optionCall(
          fd,
          level,
          name,
          TCP_MAXSEG,
          (socket, info) -> {
            int timestamps = socket.segment > 1024 ? TIMESTAMPS : 0;
            value.order(ByteOrder.nativeOrder()).putInt(0, socket.segment - timestamps);
            return 0;
          });
    }
    return optionCall(
        fd, level, name, TCP_CONNECTION_INFO, (socket, info) -> get(socket, info, value, length));
  }

  private int get(Socket socket, ByteBuffer info, ByteBuffer value, ByteBuffer length) {
    ByteBuffer told =
        ByteBuffer.allocate(DarwinAbi.SIZEOF_TCP_CONNECTION_INFO).order(value.order());
    int state = socket.deferredTo == null ? LinuxCalls.state(info) : LinuxCalls.SYN_SENT;
    told.put(DarwinAbi.TCPI_STATE, stateOfLinux(state));
    told.putInt(DarwinAbi.TCPI_TFO, fastOpenBits(socket, info));
    int size = has(Deviation.OLD_CONNECTION_INFO) ? SIZEOF_OLD_CONNECTION_INFO : told.capacity();
    int copied = Math.min(size, length.getInt(0));
    value.put(0, told.array(), 0, copied);
    length.putInt(0, copied);
    return 0;
  }

  private static int fastOpenBits(Socket socket, ByteBuffer info) {
    boolean acked = LinuxCalls.hasOption(info, LinuxCalls.OPTION_SYN_DATA);
    if (!socket.connects) {
      return acked ? DarwinAbi.TCPI_TFO_SYN_DATA_RCV : 0;
    }
    int bits = socket.heuristics ? DarwinAbi.TCPI_TFO_HEURISTICS_DISABLE : 0;
    if (acked) {
      return bits | DarwinAbi.TCPI_TFO_SYN_DATA_SENT | DarwinAbi.TCPI_TFO_SYN_DATA_ACKED;
    }
    // tcp_input.c, tcp_tfo_synack: told of each SYN that had the option, with data or without.
    boolean isSentAgain = !socket.heuristics && LinuxCalls.isRetransmitted(info);
    int loss = isSentAgain ? DarwinAbi.TCPI_TFO_SYN_LOSS : 0;
    return bits
        | switch (LinuxCalls.fastOpenFailure(info)) {
          case 1 -> DarwinAbi.TCPI_TFO_COOKIE_REQ | loss;
          case 2 -> DarwinAbi.TCPI_TFO_SYN_DATA_SENT;
          case 3 -> DarwinAbi.TCPI_TFO_SYN_DATA_SENT | DarwinAbi.TCPI_TFO_SYN_LOSS;
          default -> loss;
        };
  }

  /** {@code connectx(2)}. xnu ignores flags that it does not know; here they are refused. */
  @Override
  public int connectx(
      int fd,
      @Nullable ByteBuffer endpoints,
      int associd,
      int flags,
      @Nullable ByteBuffer iov,
      int iovcnt,
      @Nullable ByteBuffer len,
      @Nullable ByteBuffer connid) {
    return has(Deviation.WITHOUT_CONNECTX)
        ? -ENOSYS
        : tcpCall(
            fd,
            (socket, info) ->
                connectx(fd, socket, info, endpoints, associd, flags, iov, iovcnt, len));
  }

  private int connectx(
      int fd,
      Socket socket,
      ByteBuffer info,
      @Nullable ByteBuffer endpoints,
      int associd,
      int flags,
      @Nullable ByteBuffer iov,
      int iovcnt,
      @Nullable ByteBuffer len) {
    int known = CONNECT_RESUME_ON_READ_WRITE | CONNECT_DATA_IDEMPOTENT | CONNECT_DATA_AUTHENTICATED;
    if (endpoints == null
        || (flags & ~known) != 0
        || associd != SAE_ASSOCID_ANY
        || (iov != null && (iovcnt <= 0 || len == null))) {
      return -EINVAL;
    }
    ByteBuffer ends = endpoints.duplicate().order(info.order());
    if (ends.getLong(DarwinAbi.SAE_DSTADDR) == 0
        || ends.getInt(DarwinAbi.SAE_SRCIF) != 0
        || ends.getLong(DarwinAbi.SAE_SRCADDR) != 0
        || ends.getInt(DarwinAbi.SAE_DSTADDRLEN) < 2) {
      return -EINVAL;
    }
    int addressLength = ends.getInt(DarwinAbi.SAE_DSTADDRLEN);
    ByteBuffer address = LinuxCalls.copyIn(ends.getLong(DarwinAbi.SAE_DSTADDR), addressLength);
    if (LinuxCalls.state(info) == LinuxCalls.LISTEN) {
      return -EOPNOTSUPP;
    }
    if (LinuxCalls.state(info) == LinuxCalls.SYN_SENT) {
      return -EALREADY;
    }
    if (LinuxCalls.state(info) != LinuxCalls.CLOSE || socket.deferredTo != null) {
      return -EISCONN;
    }
    int error = checkAddress(fd, address, addressLength);
    if (error != 0) {
      return error;
    }
    if (has(Deviation.DENIED_BY_POLICY)) {
      return -EHOSTUNREACH;
    }
    byte[] destination = addresses.toLinux(address);
    socket.segment = segment(destination);
    boolean resume = (flags & CONNECT_RESUME_ON_READ_WRITE) != 0;
    boolean idempotent = (flags & CONNECT_DATA_IDEMPOTENT) != 0 && (resume || iov != null);
    socket.fastOpen = idempotent && isClientOn(fd, Deviation.CLIENT_OFF);
    socket.connects = true;
    if (has(Deviation.NEVER_DEFERS)) {
      return fromLinux(LinuxCalls.connect(fd, destination));
    }
    if (iov != null) {
      byte[] data = gather(iov, iovcnt);
      int queued = firstSend(fd, socket, data, destination);
      if (queued >= 0) {
        len.putLong(0, queued);
      }
      return queued < 0 ? queued : LinuxCalls.isNonBlocking(fd) ? -EINPROGRESS : 0;
    }
    if (!resume) {
      return fromLinux(LinuxCalls.connect(fd, destination));
    }
    socket.deferredTo = destination;
    return 0;
  }

  /** {@code tcp_mss(-1)}: as the route knows it, or the default. */
  private int segment(byte[] destination) {
    boolean ipv4 = destination.length == 16 || destination[18] == -1;
    byte[] host =
        ipv4 && destination.length == 16
            ? Arrays.copyOfRange(destination, 4, 8)
            : Arrays.copyOfRange(destination, 8, 24);
    boolean fresh = routes.add(ByteBuffer.wrap(host)) || has(Deviation.FRESH_ROUTES);
    if (fresh) {
      return ipv4 ? 512 : 1024;
    }
    return ipv4 ? 1460 : 1440;
  }

  private static byte[] gather(ByteBuffer iov, int iovcnt) {
    ByteBuffer vectors = iov.duplicate().order(ByteOrder.nativeOrder());
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    for (int i = 0; i < iovcnt; i++) {
      int at = i * DarwinAbi.SIZEOF_IOVEC;
      byte[] part = new byte[(int) vectors.getLong(at + DarwinAbi.IOV_LEN)];
      LinuxCalls.copyIn(vectors.getLong(at + DarwinAbi.IOV_BASE), part.length).get(0, part);
      data.writeBytes(part);
    }
    return data.toByteArray();
  }

  /**
   * {@code send(2)}, whose first one sends the SYN of a deferred connect. Only the descriptor's
   * mode says whether that waits for the handshake.
   */
  @Override
  public int send(int fd, ByteBuffer data, int length, int flags) {
    return messageCall(
        fd,
        flags,
        MSG_DONTWAIT | MSG_NOSIGNAL,
        (socket, info) -> {
          byte[] bytes = copy(data, length);
          byte[] address = socket.deferredTo;
          if (LinuxCalls.state(info) == LinuxCalls.CLOSE && LinuxCalls.hasBeenOnTheWire(info)) {
            return -EPIPE;
          }
          return address == null
              ? sendConnected(fd, bytes, info)
              : sendDeferred(fd, socket, bytes, address);
        });
  }

  private int sendDeferred(int fd, Socket socket, byte[] data, byte[] address) {
    socket.deferredTo = null;
    int queued = firstSend(fd, socket, data, address);
    if (queued >= 0 && !LinuxCalls.isNonBlocking(fd)) {
      LinuxCalls.poll(fd, HANDSHAKE_MILLIS);
    }
    // The SYN is out, and no byte was taken that could hide this error.
    return queued == 0 && LinuxCalls.isNonBlocking(fd) ? -EAGAIN : queued;
  }

  private int firstSend(int fd, Socket socket, byte[] data, byte[] address) {
    if (has(Deviation.BLACK_HOLE)) {
      return -ENODATA;
    }
    if (has(Deviation.UNREACHABLE_ONCE_QUEUED)) {
      LinuxCalls.connect(fd, silent(fd));
      return data.length;
    }
    boolean learns = !has(Deviation.HEURISTICS_OFF);
    handshakes.removeIf(Handshake::settle);
    socket.heuristics =
        socket.fastOpen && (has(Deviation.HEURISTICS) || (learns && heuristics.isOff()));
    boolean tries = socket.fastOpen && !socket.heuristics;
    int queued =
        connect(
            fd, data, address, tries ? socket.segment - OPTIONS : -1, Deviation.PARTIAL_QUEUEING);
    if (tries && learns && queued >= 0) {
      handshakes.add(
          Handshake.begin(
              fd, new byte[0], (own, info) -> heuristics.told(LinuxCalls.isSynAcknowledged(info))));
    }
    return queued;
  }

  /** An address that does not answer, for a socket of either family. */
  private static byte[] silent(int fd) {
    byte[] ipv4 = LinuxCalls.silentAddress();
    if (LinuxCalls.domain(fd) == LinuxCalls.AF_INET) {
      return ipv4;
    }
    byte[] mapped = new byte[28];
    ByteBuffer.wrap(mapped).order(ByteOrder.nativeOrder()).putShort((short) LinuxCalls.AF_INET6);
    mapped[2] = ipv4[2];
    mapped[3] = ipv4[3];
    mapped[18] = -1;
    mapped[19] = -1;
    System.arraycopy(ipv4, 4, mapped, 20, 4);
    return mapped;
  }

  /** {@code recv(2)}, which sends the SYN of a deferred connect without data. */
  @Override
  public int recv(int fd, ByteBuffer data, int length, int flags) {
    return messageCall(
        fd,
        flags,
        MSG_DONTWAIT | MSG_PEEK,
        (socket, info) -> {
          byte[] address = socket.deferredTo;
          if (address != null) {
            socket.deferredTo = null;
            int sent = firstSend(fd, socket, new byte[0], address);
            return sent < 0 ? sent : -EAGAIN;
          }
          return switch (LinuxCalls.state(info)) {
            case LinuxCalls.CLOSE, LinuxCalls.LISTEN -> -ENOTCONN;
            default -> fromLinux(LinuxCalls.recv(fd, data, length, (flags & MSG_PEEK) != 0));
          };
        });
  }

  /** Returns the address of a direct buffer, which a C program knows without a call. */
  @Override
  public long addressOf(ByteBuffer direct) {
    return LinuxCalls.addressOf(direct);
  }
}
