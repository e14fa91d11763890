package io.tfo.backend.bsd;

import static io.tfo.backend.bsd.FreeBsdAbi.MSG_NOSIGNAL;
import static io.tfo.backend.bsd.FreeBsdAbi.TCP_FASTOPEN;
import static io.tfo.lab.simulation.BsdAbi.EBADF;
import static io.tfo.lab.simulation.BsdAbi.EHOSTUNREACH;
import static io.tfo.lab.simulation.BsdAbi.EINVAL;
import static io.tfo.lab.simulation.BsdAbi.EISCONN;
import static io.tfo.lab.simulation.BsdAbi.ENOPROTOOPT;
import static io.tfo.lab.simulation.BsdAbi.ENOTCONN;
import static io.tfo.lab.simulation.BsdAbi.EPERM;
import static io.tfo.lab.simulation.BsdAbi.IPPROTO_TCP;
import static io.tfo.lab.simulation.BsdAbi.MSG_DONTWAIT;

import io.tfo.lab.simulation.BsdAbi;
import io.tfo.lab.simulation.BsdSocketAddress;
import io.tfo.lab.simulation.Linux;
import io.tfo.lab.simulation.Script;
import io.tfo.lab.simulation.SendQueue;
import io.tfo.lab.simulation.SocketTable;
import io.tfo.lab.simulation.Sysctl;
import io.tfo.spi.FastOpenBackend;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * FreeBSD's TCP Fast Open, as {@code tcp_usrreq.c} and {@code uipc_socket.c} have it. The sysctls
 * are those of the calling thread's Linux namespace.
 */
final class SimulatedFreeBsd implements BsdSockets {
  private static final String SYSCTL = "net.inet.tcp.fastopen.";
  private static final int TF_FASTOPEN = 0x80000000; // netinet/tcp_var.h

  /** What can be different from an ordinary FreeBSD. */
  enum Deviation {
    /** Built without {@code options TCP_RFC7413}, or older than 12. */
    WITHOUT_RFC7413,
    /** {@code client_enable=0}. */
    CLIENT_OFF,
    /** {@code server_enable=0}. */
    SERVER_OFF,
    /** A kernel that does not know the option. */
    OPTION_UNKNOWN,
    /** No cookie is known, and none is asked for. */
    NO_COOKIE,
    /** The send buffer has room for {@link #ROOM} bytes. */
    PARTIAL_QUEUEING,
    /** The route goes after the data was queued. */
    UNREACHABLE_ONCE_QUEUED
  }

  /** See {@link Deviation#PARTIAL_QUEUEING}. */
  static final int ROOM = 5;

  private static final class Socket {
    volatile boolean fastOpen;
    volatile boolean connects;
  }

  private final Set<Deviation> deviations = EnumSet.noneOf(Deviation.class);
  private final SocketTable<Socket> sockets = new SocketTable<>(Socket::new);
  private final BsdSocketAddress addresses =
      new BsdSocketAddress(FreeBsdAbi.AF_INET6, EINVAL, BsdAbi.EAFNOSUPPORT);

  /** A kernel that differs in some way. */
  SimulatedFreeBsd(Deviation... deviations) {
    this.deviations.addAll(Set.of(deviations));
  }

  /** The backend on a kernel that differs in some way, or in none. */
  static FastOpenBackend backend(Deviation... deviations) {
    return backend(new Script(), deviations);
  }

  /** The same, with the answers to its calls overruled by a script. */
  static FastOpenBackend backend(Script script, Deviation... deviations) {
    BsdSockets sockets = script.over(BsdSockets.class, new SimulatedFreeBsd(deviations));
    return new BsdBackend("bsd (simulated FreeBSD on Linux)", null, () -> new BsdTcp(sockets));
  }

  private boolean has(Deviation deviation) {
    return deviations.contains(deviation);
  }

  private boolean clientEnable() {
    return (Linux.fastOpenSysctl() & 1) != 0 && !has(Deviation.CLIENT_OFF);
  }

  private boolean serverEnable() {
    return (Linux.fastOpenSysctl() & 2) != 0 && !has(Deviation.SERVER_OFF);
  }

  @Override
  public int sysctlbyname(ByteBuffer name, ByteBuffer value, ByteBuffer length) {
    Map<String, Integer> both =
        Map.of(
            SYSCTL + "client_enable",
            clientEnable() ? 1 : 0,
            SYSCTL + "server_enable",
            serverEnable() ? 1 : 0);
    return Sysctl.read(has(Deviation.WITHOUT_RFC7413) ? Map.of() : both, name, value, length);
  }

  @Override
  public int setsockopt(int fd, int level, int name, ByteBuffer value, int length) {
    ByteBuffer info = Linux.tcpInfo(fd);
    if (info == null) {
      return -EBADF;
    }
    if (level != IPPROTO_TCP || name != TCP_FASTOPEN || has(Deviation.OPTION_UNKNOWN)) {
      return -ENOPROTOOPT;
    }
    if (has(Deviation.WITHOUT_RFC7413) || (!clientEnable() && !serverEnable())) {
      return -EPERM;
    }
    if (length < Integer.BYTES) {
      return -EINVAL;
    }
    boolean on = value.getInt(0) != 0;
    switch (Linux.state(info)) {
      case Linux.LISTEN -> {
        if (on && !serverEnable()) {
          return -EPERM;
        }
        Linux.acceptFastOpen(fd, on);
      }
      case Linux.CLOSE -> sockets.get(fd).fastOpen = on;
      default -> {
        return -EINVAL;
      }
    }
    return 0;
  }

  @Override
  public int getsockopt(int fd, int level, int name, ByteBuffer value, ByteBuffer length) {
    ByteBuffer info = Linux.tcpInfo(fd);
    if (info == null) {
      return -EBADF;
    }
    if (level != IPPROTO_TCP || name != TCP_FASTOPEN || has(Deviation.OPTION_UNKNOWN)) {
      return -ENOPROTOOPT;
    }
    if (length.getInt(0) < Integer.BYTES) {
      return -EINVAL;
    }
    Socket socket = sockets.get(fd);
    boolean set =
        socket.connects || Linux.state(info) == Linux.CLOSE
            ? socket.fastOpen
            : Linux.hasOption(info, Linux.OPTION_SYN_DATA);
    value.order(ByteOrder.nativeOrder()).putInt(0, set ? TF_FASTOPEN : 0);
    length.putInt(0, Integer.BYTES);
    return 0;
  }

  /**
   * {@code sendto(2)}, which connects. FreeBSD passes over flags that it does not know; here they
   * are refused, so that a number of another system shows.
   */
  @Override
  public int sendto(
      int fd, ByteBuffer data, int dataLength, int flags, ByteBuffer address, int addressLength) {
    ByteBuffer info = Linux.tcpInfo(fd);
    if (info == null) {
      return -EBADF;
    }
    if ((flags & ~(MSG_DONTWAIT | MSG_NOSIGNAL)) != 0) {
      return -EINVAL;
    }
    byte[] bytes = new byte[dataLength];
    data.get(0, bytes);
    if (Linux.state(info) != Linux.CLOSE) {
      return address != null ? -EISCONN : sendConnected(fd, bytes, info);
    }
    if (address == null) {
      return -ENOTCONN;
    }
    int domain = Linux.domain(fd);
    int error = addresses.check(address, addressLength, domain);
    return error != 0
        ? error
        : impliedConnect(fd, bytes, addresses.toLinux(address, addressLength, domain));
  }

  private static int sendConnected(int fd, byte[] bytes, ByteBuffer info) {
    if (Linux.state(info) == Linux.SYN_SENT) {
      return -ENOTCONN;
    }
    int sent = Linux.send(fd, bytes);
    return sent < 0 ? -BsdAbi.fromLinux(-sent) : sent;
  }

  private int impliedConnect(int fd, byte[] bytes, byte[] address) {
    Socket socket = sockets.get(fd);
    socket.connects = true;
    if (has(Deviation.UNREACHABLE_ONCE_QUEUED)) {
      return -EHOSTUNREACH;
    }
    byte[] queued =
        has(Deviation.PARTIAL_QUEUEING) && bytes.length > ROOM ? Arrays.copyOf(bytes, ROOM) : bytes;
    if (!socket.fastOpen) {
      // T/TCP's old way: the data goes with the SYN, and no cookie.
      Linux.needNoCookie(fd);
    }
    boolean plain = socket.fastOpen && (!clientEnable() || has(Deviation.NO_COOKIE));
    int inSyn = plain ? Linux.connect(fd, address) : Linux.sendFastOpen(fd, queued, address);
    if (inSyn < 0 && inSyn != -Linux.EINPROGRESS) {
      return -BsdAbi.fromLinux(-inSyn);
    }
    return SendQueue.queue(fd, queued, Math.max(0, inSyn));
  }
}
