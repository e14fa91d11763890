package io.tfo.lab.simulation;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The part that the kernels of FreeBSD and macOS share, from 4.4BSD: the checks of a call, the send
 * buffer, the sysctls. The sysctls are those of the calling thread's Linux namespace; for a socket
 * that connects, those of the socket's namespace, which may be another one.
 *
 * @param <S> what the kernel keeps of each socket
 * @param <D> what can be different from an ordinary kernel
 */
public abstract class BsdKernel<S, D extends Enum<D>> extends SimulatedKernel<S> {
  /** How many bytes the send buffer has room for, if the kernel has that deviation. */
  protected static final int ROOM = 5;

  private final Set<D> deviations;

  /**
   * A call on an open TCP socket.
   *
   * @param <S> what the kernel keeps of each socket
   */
  @FunctionalInterface
  protected interface TcpCall<S> {
    /** Returns the result of the call, or its negative error; {@code info} is Linux' tcp_info. */
    int on(S socket, ByteBuffer info);
  }

  /**
   * Creates a kernel without sockets.
   *
   * @param fresh creates the state of a socket
   * @param afInet6 the system's AF_INET6
   * @param type the enum of the deviations
   * @param deviations what is different from an ordinary kernel
   */
  protected BsdKernel(Supplier<S> fresh, int afInet6, Class<D> type, Set<D> deviations) {
    super(
        new SocketTable<>(fd -> fresh.get()),
        ForeignSocketAddress.withLength(afInet6),
        BsdAbi.EBADF);
    this.deviations = EnumSet.noneOf(type);
    this.deviations.addAll(deviations);
  }

  /** Says whether this kernel differs in some way. */
  protected final boolean has(D deviation) {
    return deviations.contains(deviation);
  }

  /** Says whether the client side of TCP Fast Open is on. */
  protected final boolean isClientOn(D off) {
    return (LinuxCalls.fastOpenSysctl() & 1) != 0 && !has(off);
  }

  /** Says whether the client side of TCP Fast Open is on for a socket that is not connected. */
  protected final boolean isClientOn(int fd, D off) {
    return LinuxCalls.isFastOpenClientOn(fd) && !has(off);
  }

  /** Says whether the server side of TCP Fast Open is on. */
  protected final boolean isServerOn(D off) {
    return (LinuxCalls.fastOpenSysctl() & 2) != 0 && !has(off);
  }

  /** Reads a sysctl of type {@code int}, as {@code sysctlbyname(3)} does. */
  protected static int sysctl(
      Map<String, Integer> values, ByteBuffer name, ByteBuffer value, ByteBuffer length) {
    return Sysctl.read(values, name, value, length);
  }

  /** Makes a call on a TCP socket; {@code -EBADF} if the descriptor is not an open one. */
  protected final int tcpCall(int fd, TcpCall<S> call) {
    ByteBuffer info = LinuxCalls.tcpInfo(fd);
    return info == null ? -BsdAbi.EBADF : call(fd, socket -> call.on(socket, info));
  }

  /**
   * Gets or sets the one option that this kernel knows.
   *
   * @param known the number of that option at the level IPPROTO_TCP
   */
  protected final int optionCall(int fd, int level, int name, int known, TcpCall<S> call) {
    return tcpCall(
        fd,
        (socket, info) ->
            level == BsdAbi.IPPROTO_TCP && name == known
                ? call.on(socket, info)
                : -BsdAbi.ENOPROTOOPT);
  }

  /**
   * Sends or receives. The systems ignore flags that they do not know. Here they are refused, so
   * that a number of another system is found.
   *
   * @param known the flags that may be set
   */
  protected final int messageCall(int fd, int flags, int known, TcpCall<S> call) {
    return tcpCall(
        fd, (socket, info) -> (flags & ~known) == 0 ? call.on(socket, info) : -BsdAbi.EINVAL);
  }

  /**
   * Checks an address as strictly as the headers allow. The systems themselves overwrite the first
   * byte with the length that the call names; here that byte must be right already.
   *
   * @param fd the socket
   * @param address the address, from position 0
   * @param length the length that the call names, in bytes
   * @return 0, or the negative error of the call
   */
  protected final int checkAddress(int fd, ByteBuffer address, int length) {
    if (length != addresses.length(address)) {
      return -BsdAbi.EINVAL;
    }
    int family = addresses.family(address);
    if (family == 0) {
      return -BsdAbi.EAFNOSUPPORT;
    }
    if (length != ForeignSocketAddress.sizeOf(family)) {
      return -BsdAbi.EINVAL;
    }
    return family == LinuxCalls.domain(fd) && !addresses.isMulticast(address)
        ? 0
        : -BsdAbi.EAFNOSUPPORT;
  }

  /**
   * Connects, and queues data as 4.4BSD does.
   *
   * @param data what the call was given
   * @param address where to, in the layout of Linux
   * @param mostInSyn the most bytes that may go with the SYN; with more, or with -1, the SYN is
   *     plain
   * @param little the deviation in which the send buffer has room for {@link #ROOM} bytes
   * @return how many bytes the kernel has now, or the negative error
   */
  protected final int connect(int fd, byte[] data, byte[] address, int mostInSyn, D little) {
    byte[] queued = has(little) && data.length > ROOM ? Arrays.copyOf(data, ROOM) : data;
    int taken =
        queued.length <= mostInSyn
            ? LinuxCalls.sendFastOpen(fd, queued, address)
            : LinuxCalls.connect(fd, address);
    return taken < 0 && taken != -LinuxCalls.EINPROGRESS
        ? fromLinux(taken)
        : SendQueue.queue(fd, queued, Math.max(0, taken));
  }

  /** Sends on a socket that is connected; {@code -ENOTCONN} if it is not. */
  protected static int sendConnected(int fd, byte[] data, ByteBuffer info) {
    return switch (LinuxCalls.state(info)) {
      case LinuxCalls.CLOSE, LinuxCalls.SYN_SENT, LinuxCalls.LISTEN -> -BsdAbi.ENOTCONN;
      default -> fromLinux(LinuxCalls.send(fd, data));
    };
  }

  /** The numbers of the states of Linux, from 1 (linux/tcp_states.h), in 4.4BSD (tcp_fsm.h). */
  private static final byte[] STATES = {4, 2, 3, 6, 9, 10, 0, 5, 8, 1, 7};

  /** Returns the number of a {@link LinuxCalls#state} in {@code netinet/tcp_fsm.h}. */
  protected static byte stateOfLinux(int state) {
    return STATES[state - 1];
  }

  /** Returns a result of Linux, its error with this system's number. */
  protected static int fromLinux(int result) {
    return result < 0 ? -BsdAbi.fromLinux(-result) : result;
  }
}
