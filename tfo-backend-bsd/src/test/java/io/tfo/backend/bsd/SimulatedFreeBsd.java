package io.tfo.backend.bsd;

import static io.tfo.backend.bsd.FreeBsdAbi.MSG_NOSIGNAL;
import static io.tfo.backend.bsd.FreeBsdAbi.TCPI_OPT_TFO;
import static io.tfo.backend.bsd.FreeBsdAbi.TCP_FASTOPEN;
import static io.tfo.backend.bsd.FreeBsdAbi.TCP_INFO;
import static io.tfo.lab.simulation.BsdAbi.EACCES;
import static io.tfo.lab.simulation.BsdAbi.EADDRNOTAVAIL;
import static io.tfo.lab.simulation.BsdAbi.EALREADY;
import static io.tfo.lab.simulation.BsdAbi.ECONNRESET;
import static io.tfo.lab.simulation.BsdAbi.EHOSTDOWN;
import static io.tfo.lab.simulation.BsdAbi.EHOSTUNREACH;
import static io.tfo.lab.simulation.BsdAbi.EINPROGRESS;
import static io.tfo.lab.simulation.BsdAbi.EINVAL;
import static io.tfo.lab.simulation.BsdAbi.EISCONN;
import static io.tfo.lab.simulation.BsdAbi.ENETUNREACH;
import static io.tfo.lab.simulation.BsdAbi.ENOPROTOOPT;
import static io.tfo.lab.simulation.BsdAbi.ENOTCONN;
import static io.tfo.lab.simulation.BsdAbi.EPERM;
import static io.tfo.lab.simulation.BsdAbi.EPIPE;
import static io.tfo.lab.simulation.BsdAbi.MSG_DONTWAIT;

import io.tfo.jna.FreshBackend;
import io.tfo.lab.simulation.BsdKernel;
import io.tfo.lab.simulation.CallScript;
import io.tfo.lab.simulation.Handshake;
import io.tfo.lab.simulation.LinuxCalls;
import io.tfo.lab.simulation.LinuxCookies;
import io.tfo.spi.FastOpenBackend;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * FreeBSD's TCP Fast Open, as the records of real kernels below {@code src/test/resources/records}
 * show it; where they are silent, after {@code tcp_usrreq.c} and {@code tcp_input.c}.
 */
final class SimulatedFreeBsd extends BsdKernel<SimulatedFreeBsd.Socket, SimulatedFreeBsd.Deviation>
    implements BsdSocketApi {
  private static final String SYSCTL = "net.inet.tcp.fastopen.";

  /**
   * The most bytes that are queued before the handshake: the default of {@code
   * net.inet.tcp.sendspace}.
   */
  private static final int MOST_QUEUED = 32_768;

  /** How long {@code sendto} waits, so that what is queued goes before what is written later. */
  private static final long SOON_MILLIS = 300;

  /**
   * How long {@code sendto} waits if the SYN has some of the data. If a SYN is lost, the handshake
   * takes a second.
   */
  private static final long RETRANSMITTED_MILLIS = 3_000;

  /** The releases of which there is a record. */
  enum Version {
    V13_2("13.2"),
    V15_1("15.1");

    private final String number;

    Version(String number) {
      this.number = number;
    }

    @Override
    public String toString() {
      return number;
    }
  }

  /** A difference from an ordinary FreeBSD. */
  enum Deviation {
    /** Built without {@code options TCP_RFC7413}, or older than 12. */
    WITHOUT_RFC7413,
    /** {@code client_enable=0}. */
    CLIENT_OFF,
    /** {@code server_enable=0}. */
    SERVER_OFF,
    /** {@code path_disable_time} cannot be read. */
    WITHOUT_PATH_DISABLE_TIME,
    /** A kernel that does not know the option. */
    OPTION_UNKNOWN,
    /** No cookie is known, and none is asked for. */
    NO_COOKIE,
    /** The send buffer has room for {@link #ROOM} bytes. */
    PARTIAL_QUEUEING,
    /** The route is lost after the data was queued. */
    UNREACHABLE_ONCE_QUEUED,
    /** The neighbours are known not to answer ARP. */
    NEIGHBOUR_DOWN,
    /**
     * The servers are Linux', which answer a valid cookie without the option. Otherwise they are
     * FreeBSD's, which repeat the cookie; Linux does not report a cookie that it knows.
     */
    LINUX_SERVERS,
    /** No path is disabled: for tests of what the library learns, which the kernel would hide. */
    PATHS_STAY,
    /** IPv6 without a route is ENETUNREACH, as for the JDK's own connect, which Linux answers. */
    LINUX_ROUTES
  }

  /** The state of a socket that FreeBSD keeps in addition to Linux' state. */
  static final class Socket {
    private volatile boolean fastOpen;

    /** Not accepted: the option was set, or a connect was begun. */
    private volatile boolean isOwn;

    private volatile @Nullable Handshake handshake;
  }

  private final Version version;
  private final FastOpenPaths paths = new FastOpenPaths();

  /** Whether a cookie could not be forgotten, as in the user namespace of an ordinary user. */
  private volatile boolean cookieStays;

  private volatile boolean clientEnable = true;
  private volatile boolean serverEnable = true;

  /** Creates a kernel of the latest version that differs in some way. */
  SimulatedFreeBsd(Deviation... deviations) {
    this(Version.V15_1, deviations);
  }

  /** Creates a kernel that differs in some way. */
  SimulatedFreeBsd(Version version, Deviation... deviations) {
    super(Socket::new, FreeBsdAbi.AF_INET6, Deviation.class, Set.of(deviations));
    this.version = version;
  }

  /** Creates the backend on a kernel that differs in some way, or in none. */
  static FastOpenBackend backend(Deviation... deviations) {
    return backend(new CallScript(), deviations);
  }

  /** Creates the same backend, with the answers to its calls overruled by a script. */
  static FastOpenBackend backend(CallScript script, Deviation... deviations) {
    return backend(script, Version.V15_1, deviations);
  }

  /** Creates the backend on a kernel of some version. */
  static FastOpenBackend backend(CallScript script, Version version, Deviation... deviations) {
    EnumSet<Deviation> all = EnumSet.of(Deviation.LINUX_ROUTES);
    all.addAll(List.of(deviations));
    SimulatedFreeBsd kernel = new SimulatedFreeBsd(version, all.toArray(new Deviation[0]));
    BsdSocketApi sockets = script.over(BsdSocketApi.class, kernel);
    return new FreshBackend(
        "bsd (simulated FreeBSD %s on Linux)".formatted(version), () -> new BsdTcp(sockets));
  }

  private boolean clientEnable() {
    return clientEnable && isClientOn(Deviation.CLIENT_OFF);
  }

  private boolean serverEnable() {
    return serverEnable && isServerOn(Deviation.SERVER_OFF);
  }

  /** Returns the memory of servers. */
  FastOpenPaths paths() {
    return paths;
  }

  /** Sets a sysctl. */
  void sysctl(String name, int value) {
    switch (name.substring(SYSCTL.length())) {
      case "client_enable" -> clientEnable = value != 0;
      case "server_enable" -> serverEnable = value != 0;
      case "path_disable_time" -> paths.disableSeconds(value);
      default -> throw new IllegalArgumentException(name);
    }
  }

  @Override
  public int sysctlbyname(ByteBuffer name, ByteBuffer value, ByteBuffer length) {
    Map<String, Integer> values = new HashMap<>();
    if (!has(Deviation.WITHOUT_RFC7413)) {
      values.put(SYSCTL + "client_enable", clientEnable() ? 1 : 0);
      values.put(SYSCTL + "server_enable", serverEnable() ? 1 : 0);
      values.put(SYSCTL + "psk_enable", 0);
      values.put(SYSCTL + "acceptany", 0);
      values.put(SYSCTL + "autokey", 120);
      if (!has(Deviation.WITHOUT_PATH_DISABLE_TIME)) {
        values.put(SYSCTL + "path_disable_time", paths.disableSeconds());
      }
    }
    return sysctl(values, name, value, length);
  }

  @Override
  public int setsockopt(int fd, int level, int name, ByteBuffer value, int length) {
    return optionCall(
        fd, level, name, TCP_FASTOPEN, (socket, info) -> set(fd, socket, info, value, length));
  }

  private int set(int fd, Socket socket, ByteBuffer info, ByteBuffer value, int length) {
    if (has(Deviation.OPTION_UNKNOWN)) {
      return -ENOPROTOOPT;
    }
    if (has(Deviation.WITHOUT_RFC7413) || (!clientEnable() && !serverEnable())) {
      return -EPERM;
    }
    if (length < Integer.BYTES) {
      return -EINVAL;
    }
    boolean on = value.getInt(0) != 0;
    switch (LinuxCalls.state(info)) {
      case LinuxCalls.LISTEN -> {
        if (on && !serverEnable()) {
          return -EPERM;
        }
      }
      case LinuxCalls.CLOSE -> {
        if (LinuxCalls.hasBeenOnTheWire(info)) {
          return -ECONNRESET;
        }
      }
      default -> {
        return -EINVAL;
      }
    }
    socket.isOwn = true;
    socket.fastOpen = on;
    LinuxCalls.acceptFastOpen(fd, on && serverEnable());
    return 0;
  }

  @Override
  public int getsockopt(int fd, int level, int name, ByteBuffer value, ByteBuffer length) {
    return optionCall(
        fd,
        level,
        name == TCP_INFO ? TCP_FASTOPEN : name,
        TCP_FASTOPEN,
        (socket, info) -> {
          if (isDropped(info)) {
            return -ECONNRESET;
          }
          if (name == TCP_INFO) {
            return copyOut(tcpInfo(socket, info), value, length);
          }
          if (has(Deviation.OPTION_UNKNOWN)) {
            return -ENOPROTOOPT;
          }
          int flag = isFastOpen(socket, info) ? FreeBsdAbi.TF_FASTOPEN : 0;
          return copyOut(LinuxCalls.integer(flag), value, length);
        });
  }

  /** A connection that was refused or reset. */
  private static boolean isDropped(ByteBuffer info) {
    return LinuxCalls.state(info) == LinuxCalls.CLOSE && LinuxCalls.hasBeenOnTheWire(info);
  }

  private static int copyOut(ByteBuffer from, ByteBuffer value, ByteBuffer length) {
    int copied = Math.min(from.capacity(), length.getInt(0));
    value.put(0, from, 0, copied);
    length.putInt(0, copied);
    return 0;
  }

  /** {@code TF_FASTOPEN}. */
  private static boolean isFastOpen(Socket socket, ByteBuffer info) {
    Handshake handshake = socket.handshake;
    if (handshake != null) {
      handshake.settle();
    }
    return socket.isOwn ? socket.fastOpen : LinuxCalls.hasOption(info, LinuxCalls.OPTION_SYN_DATA);
  }

  private ByteBuffer tcpInfo(Socket socket, ByteBuffer info) {
    ByteBuffer told = LinuxCalls.memory(FreeBsdAbi.SIZEOF_TCP_INFO);
    told.put(FreeBsdAbi.TCPI_STATE, stateOfLinux(LinuxCalls.state(info)));
    boolean bit = version != Version.V13_2 && isFastOpen(socket, info);
    told.put(FreeBsdAbi.TCPI_OPTIONS, (byte) (bit ? TCPI_OPT_TFO : 0));
    return told;
  }

  /** {@code sendto(2)}, which connects a socket that is not connected. */
  @Override
  public int sendto(
      int fd,
      ByteBuffer data,
      int dataLength,
      int flags,
      @Nullable ByteBuffer address,
      int addressLength) {
    return messageCall(
        fd,
        flags,
        MSG_DONTWAIT | MSG_NOSIGNAL,
        (socket, info) -> {
          byte[] bytes = copy(data, dataLength);
          if (isDropped(info)) {
            return -EPIPE;
          }
          return switch (LinuxCalls.state(info)) {
            case LinuxCalls.CLOSE ->
                address == null
                    ? -ENOTCONN
                    : connect(fd, socket, bytes, address, addressLength, false);
            case LinuxCalls.SYN_SENT -> address == null ? -ENOTCONN : queueMore(fd, socket, bytes);
            default -> {
              isFastOpen(socket, info); // sends first what was queued before
              yield sendConnected(fd, bytes, info);
            }
          };
        });
  }

  private static int queueMore(int fd, Socket socket, byte[] data) {
    Handshake handshake = socket.handshake;
    return handshake != null && handshake.append(data)
        ? data.length
        : fromLinux(LinuxCalls.send(fd, data));
  }

  /** {@code connect(2)}, as the JDK does not make it on this kernel: it calls Linux. */
  int connect(int fd, ByteBuffer address, int addressLength) {
    return tcpCall(
        fd,
        (socket, info) ->
            switch (LinuxCalls.state(info)) {
              case LinuxCalls.CLOSE -> {
                int error = connect(fd, socket, new byte[0], address, addressLength, true);
                yield error < 0 ? error : -EINPROGRESS;
              }
              case LinuxCalls.SYN_SENT -> -EALREADY;
              default -> -EISCONN;
            });
  }

  private int connect(
      int fd,
      Socket socket,
      byte[] data,
      ByteBuffer address,
      int addressLength,
      boolean withoutData) {
    int error = checkAddress(fd, address, addressLength);
    if (error == 0) {
      error = checkServer(fd, address);
    }
    if (error != 0) {
      return error;
    }
    if (has(Deviation.UNREACHABLE_ONCE_QUEUED)) {
      return -EHOSTUNREACH;
    }
    int most = has(Deviation.PARTIAL_QUEUEING) ? ROOM : MOST_QUEUED;
    byte[] queued = Arrays.copyOf(data, Math.min(most, data.length));
    byte[] server = addresses.toLinux(address);
    int connected =
        socket.fastOpen
            ? connectFastOpen(fd, socket, queued, server, withoutData)
            : connectWithout(fd, socket, queued, server);
    boolean ipv6 = addresses.family(address) == LinuxCalls.AF_INET6 && !isMapped(address);
    if (connected == -ENETUNREACH && ipv6 && !has(Deviation.LINUX_ROUTES)) {
      return -EHOSTUNREACH;
    }
    return connected >= 0 && has(Deviation.NEIGHBOUR_DOWN) ? -EHOSTDOWN : connected;
  }

  private int checkServer(int fd, ByteBuffer address) {
    boolean ipv4 = addresses.family(address) == LinuxCalls.AF_INET;
    if (!ipv4 && isMapped(address) && LinuxCalls.isIpv6Only(fd)) {
      return -EINVAL;
    }
    if (address.getShort(2) == 0) {
      return -EADDRNOTAVAIL;
    }
    if (ipv4 && address.getInt(4) == -1) {
      return -EACCES;
    }
    return ipv4 && address.getInt(4) == 0 && version != Version.V13_2 ? -ENETUNREACH : 0;
  }

  private static boolean isMapped(ByteBuffer ipv6) {
    ByteBuffer host = ipv6.duplicate().order(ByteOrder.BIG_ENDIAN);
    return host.getLong(8) == 0 && host.getInt(16) == 0xffff;
  }

  /** T/TCP's old way, until it was given up: the data goes with the SYN, and no cookie. */
  private int connectWithout(int fd, Socket socket, byte[] data, byte[] server) {
    if (version == Version.V13_2) {
      LinuxCalls.needNoCookie(fd);
      return begin(fd, socket, data, LinuxCalls.sendFastOpen(fd, data, server), (own, info) -> {});
    }
    return begin(fd, socket, data, LinuxCalls.connect(fd, server), (own, info) -> {});
  }

  boolean cookieStays() {
    return cookieStays;
  }

  private int connectFastOpen(
      int fd, Socket socket, byte[] data, byte[] server, boolean withoutData) {
    FastOpenPaths.Path path = paths.of(server);
    boolean on = clientEnable();
    if (on && paths.isDisabled(path)) {
      socket.fastOpen = false;
      return begin(fd, socket, data, LinuxCalls.connect(fd, server), (own, info) -> {});
    }
    if (!LinuxCalls.isFastOpenClientOn(fd) || has(Deviation.NO_COOKIE)) {
      return begin(fd, socket, data, LinuxCalls.connect(fd, server), (own, info) -> {});
    }
    boolean asks = !on || withoutData || !paths.hasCookie(path);
    boolean forgotten = asks && LinuxCookies.forget(fd, server);
    cookieStays |= asks && !forgotten;
    byte[] inSyn = forgotten ? new byte[0] : data;
    byte[] known = LinuxCookies.find(fd, server).orElse(null);
    int result =
        begin(
            fd,
            socket,
            data,
            LinuxCalls.sendFastOpen(fd, inSyn, server),
            (own, info) -> {
              if (LinuxCalls.isSynAcknowledged(info)) {
                boolean withCookie = hasBroughtACookie(own, info, server, known, inSyn.length);
                socket.fastOpen = withCookie;
                if (on && (withCookie || !has(Deviation.PATHS_STAY))) {
                  paths.answered(path, withCookie);
                }
              }
            });
    if (result >= 0 && socket.handshake != null) {
      paths.add(path, socket.handshake);
    }
    return result;
  }

  /**
   * Whether the SYN-ACK had the option, as far as Linux tells.
   *
   * @param known the cookie that the SYN had; null if it asked for one
   * @param size how many bytes of data it had
   */
  private boolean hasBroughtACookie(
      int fd, ByteBuffer info, byte[] server, byte @Nullable [] known, int size) {
    boolean isAccepted =
        known != null
            && (size == 0
                ? !LinuxCalls.isRetransmitted(info)
                : LinuxCalls.hasOption(info, LinuxCalls.OPTION_SYN_DATA));
    return (isAccepted && !has(Deviation.LINUX_SERVERS))
        || !Arrays.equals(known, LinuxCookies.find(fd, server).orElse(null));
  }

  /**
   * A connect is under way, or has failed.
   *
   * @param taken how many bytes the SYN has, or Linux' negative error
   */
  private int begin(int fd, Socket socket, byte[] data, int taken, Handshake.Answer answer) {
    if (taken < 0 && taken != -LinuxCalls.EINPROGRESS) {
      return fromLinux(taken);
    }
    int inSyn = Math.max(0, taken);
    socket.isOwn = true;
    Handshake handshake = Handshake.begin(fd, Arrays.copyOfRange(data, inSyn, data.length), answer);
    socket.handshake = handshake;
    if (inSyn < data.length) {
      handshake.await(inSyn == 0 ? SOON_MILLIS : RETRANSMITTED_MILLIS);
    }
    return data.length;
  }
}
