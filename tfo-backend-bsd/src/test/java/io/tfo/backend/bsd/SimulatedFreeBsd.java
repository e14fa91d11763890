package io.tfo.backend.bsd;

import static io.tfo.backend.bsd.FreeBsdAbi.MSG_NOSIGNAL;
import static io.tfo.backend.bsd.FreeBsdAbi.TCP_FASTOPEN;
import static io.tfo.lab.simulation.BsdAbi.EINVAL;
import static io.tfo.lab.simulation.BsdAbi.EISCONN;
import static io.tfo.lab.simulation.BsdAbi.ENOPROTOOPT;
import static io.tfo.lab.simulation.BsdAbi.EPERM;
import static io.tfo.lab.simulation.BsdAbi.MSG_DONTWAIT;

import io.tfo.lab.simulation.BsdKernel;
import io.tfo.lab.simulation.CallScript;
import io.tfo.lab.simulation.LinuxCalls;
import io.tfo.spi.FastOpenBackend;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** FreeBSD's TCP Fast Open, after {@code tcp_usrreq.c} and {@code uipc_socket.c}. */
final class SimulatedFreeBsd extends BsdKernel<SimulatedFreeBsd.Socket, SimulatedFreeBsd.Deviation>
    implements BsdSockets {
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
    /** {@code path_disable_time} cannot be read. */
    WITHOUT_PATH_DISABLE_TIME,
    /** A kernel that does not know the option. */
    OPTION_UNKNOWN,
    /** No cookie is known, and none is asked for. */
    NO_COOKIE,
    /** The send buffer has room for {@link #ROOM} bytes. */
    PARTIAL_QUEUEING,
    /** The route goes after the data was queued. */
    UNREACHABLE_ONCE_QUEUED
  }

  /** What FreeBSD keeps of a socket beside what Linux keeps. */
  static final class Socket {
    private volatile boolean fastOpen;
    private volatile boolean connects;
  }

  /** Creates a kernel that differs in some way. */
  SimulatedFreeBsd(Deviation... deviations) {
    super(Socket::new, FreeBsdAbi.AF_INET6, Deviation.class, Set.of(deviations));
  }

  /** Creates the backend on a kernel that differs in some way, or in none. */
  static FastOpenBackend backend(Deviation... deviations) {
    return backend(new CallScript(), deviations);
  }

  /** Creates the same backend, with the answers to its calls overruled by a script. */
  static FastOpenBackend backend(CallScript script, Deviation... deviations) {
    BsdSockets sockets = script.over(BsdSockets.class, new SimulatedFreeBsd(deviations));
    return new BsdBackend("bsd (simulated FreeBSD on Linux)", null, () -> new BsdTcp(sockets));
  }

  private boolean clientEnable() {
    return isClientOn(Deviation.CLIENT_OFF);
  }

  private boolean serverEnable() {
    return isServerOn(Deviation.SERVER_OFF);
  }

  @Override
  public int sysctlbyname(ByteBuffer name, ByteBuffer value, ByteBuffer length) {
    Map<String, Integer> values = new HashMap<>();
    if (!has(Deviation.WITHOUT_RFC7413)) {
      values.put(SYSCTL + "client_enable", clientEnable() ? 1 : 0);
      values.put(SYSCTL + "server_enable", serverEnable() ? 1 : 0);
      if (!has(Deviation.WITHOUT_PATH_DISABLE_TIME)) {
        values.put(SYSCTL + "path_disable_time", 900);
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
        LinuxCalls.acceptFastOpen(fd, on);
      }
      case LinuxCalls.CLOSE -> socket.fastOpen = on;
      default -> {
        return -EINVAL;
      }
    }
    return 0;
  }

  @Override
  public int getsockopt(int fd, int level, int name, ByteBuffer value, ByteBuffer length) {
    return optionCall(
        fd, level, name, TCP_FASTOPEN, (socket, info) -> get(socket, info, value, length));
  }

  private int get(Socket socket, ByteBuffer info, ByteBuffer value, ByteBuffer length) {
    if (has(Deviation.OPTION_UNKNOWN)) {
      return -ENOPROTOOPT;
    }
    if (length.getInt(0) < Integer.BYTES) {
      return -EINVAL;
    }
    boolean set =
        socket.connects || LinuxCalls.state(info) == LinuxCalls.CLOSE
            ? socket.fastOpen
            : LinuxCalls.hasOption(info, LinuxCalls.OPTION_SYN_DATA);
    value.order(ByteOrder.nativeOrder()).putInt(0, set ? TF_FASTOPEN : 0);
    length.putInt(0, Integer.BYTES);
    return 0;
  }

  /** {@code sendto(2)}, which connects a socket that is not connected. */
  @Override
  public int sendto(
      int fd, ByteBuffer data, int dataLength, int flags, ByteBuffer address, int addressLength) {
    return messageCall(
        fd,
        flags,
        MSG_DONTWAIT | MSG_NOSIGNAL,
        (socket, info) -> {
          byte[] bytes = copy(data, dataLength);
          if (address == null) {
            return sendConnected(fd, bytes, info);
          }
          if (LinuxCalls.state(info) != LinuxCalls.CLOSE) {
            return -EISCONN;
          }
          int error = checkAddress(fd, address, addressLength);
          return error != 0 ? error : impliedConnect(fd, socket, bytes, addresses.toLinux(address));
        });
  }

  private int impliedConnect(int fd, Socket socket, byte[] bytes, byte[] address) {
    socket.connects = true;
    if (!socket.fastOpen) {
      // T/TCP's old way: the data goes with the SYN, and no cookie.
      LinuxCalls.needNoCookie(fd);
    }
    boolean plain =
        socket.fastOpen && (!isClientOn(fd, Deviation.CLIENT_OFF) || has(Deviation.NO_COOKIE));
    return connect(
        fd,
        bytes,
        address,
        plain ? -1 : Integer.MAX_VALUE,
        Deviation.PARTIAL_QUEUEING,
        Deviation.UNREACHABLE_ONCE_QUEUED);
  }
}
