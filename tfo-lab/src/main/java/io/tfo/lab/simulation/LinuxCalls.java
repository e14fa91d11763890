package io.tfo.lab.simulation;

import com.sun.jna.Native;
import io.tfo.lab.FullListener;
import io.tfo.lab.libc.Libc;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The calls of Linux by which a simulated kernel carries out its own calls. Unless stated
 * otherwise, a call returns its result or the negative errno of Linux. Linux 4.19 or later.
 */
public final class LinuxCalls {
  /** TCP states of {@link #state} (linux/tcp_states.h). */
  public static final int SYN_SENT = 2;

  public static final int CLOSE = 7;
  public static final int LISTEN = 10;

  /** Address families (bits/socket.h). */
  public static final int AF_INET = Libc.AF_INET;

  public static final int AF_INET6 = Libc.AF_INET6;

  /** Errors (asm-generic/errno.h). */
  public static final int EAGAIN = 11;

  public static final int EACCES = 13;
  public static final int EINVAL = 22;
  public static final int EOPNOTSUPP = 95;
  public static final int EADDRINUSE = 98;
  public static final int EADDRNOTAVAIL = 99;
  public static final int ENETUNREACH = 101;
  public static final int ECONNRESET = 104;
  public static final int ETIMEDOUT = 110;
  public static final int ECONNREFUSED = 111;
  public static final int EHOSTUNREACH = 113;
  public static final int EINPROGRESS = 115;

  /** A bit for {@link #hasOption}: SYN data was acknowledged (linux/tcp.h, TCPI_OPT_SYN_DATA). */
  public static final int OPTION_SYN_DATA = 0x20;

  /** Events of {@link #poll} (poll.h). */
  public static final int POLLOUT = 4;

  public static final int POLLERR = 8;
  public static final int POLLHUP = 0x10;

  private static final int SO_ERROR = 4; // asm-generic/socket.h
  private static final int SO_LINGER = 13;
  private static final int SO_ACCEPTCONN = 30;
  private static final int SO_DOMAIN = 39;
  private static final int SO_COOKIE = 57;

  /** An address of family AF_UNIX, as long as an IPv6 address. */
  private static final byte[] FOREIGN_ADDRESS = foreignAddress();

  private static final int IPPROTO_IP = 0; // netinet/in.h
  private static final int IP_BIND_ADDRESS_NO_PORT = 24;
  private static final int IPPROTO_IPV6 = 41;
  private static final int IPV6_V6ONLY = 26; // linux/in6.h
  private static final int TOTAL_RETRANS = 100;
  private static final int BYTES_ACKED = 120; // linux/tcp.h, struct tcp_info, Linux 4.1
  private static final int SEGS_OUT = 136; // linux/tcp.h, struct tcp_info, Linux 4.2
  private static final int SEGS_IN = 140;
  private static final int TCP_INFO = 11; // netinet/tcp.h
  private static final int TCP_FASTOPEN = 23;
  private static final int TCP_FASTOPEN_NO_COOKIE = 34;
  private static final int MSG_NOW = Libc.MSG_DONTWAIT | Libc.MSG_NOSIGNAL;
  private static final int F_GETFL = 3; // asm-generic/fcntl.h
  private static final int F_SETFL = 4;
  private static final int O_NONBLOCK = 0x800;
  private static final int O_CLOEXEC = 0x80000;
  private static final int SIZEOF_SOCKADDR_IN6 = 28;
  private static final int TCP_INFO_BYTES = 512; // more than any kernel writes
  private static final int QUEUE = 100;
  private static final long NANOS_PER_MILLI = 1_000_000;
  private static final Path SYSCTL = Path.of("/proc/sys/net/ipv4/tcp_fastopen");

  private LinuxCalls() {}

  private static int result(long result) {
    return result < 0 ? -Native.getLastError() : (int) result;
  }

  /**
   * Returns a direct buffer of zeros, in the byte order of the machine.
   *
   * @param bytes its size
   */
  public static ByteBuffer memory(int bytes) {
    return Libc.memory(bytes);
  }

  /**
   * Returns a direct buffer that holds one {@code int}.
   *
   * @param value the number
   */
  public static ByteBuffer integer(int value) {
    return memory(Integer.BYTES).putInt(0, value);
  }

  private static int option(int fd, int level, int name) {
    ByteBuffer value = integer(0);
    Libc.getsockopt(fd, level, name, value, integer(Integer.BYTES));
    return value.getInt(0);
  }

  private static void option(int fd, int level, int name, int value) {
    byte[] bytes = new byte[Integer.BYTES];
    integer(value).get(0, bytes);
    Libc.setsockopt(fd, level, name, bytes, bytes.length);
  }

  /**
   * Opens a blocking TCP socket.
   *
   * @param domain {@link #AF_INET} or {@link #AF_INET6}
   */
  public static int socket(int domain) {
    return result(Libc.socket(domain, Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC, 0));
  }

  /** Binds a socket to an address in the layout of Linux. */
  public static int bind(int fd, byte[] address) {
    return result(Libc.bind(fd, address, address.length));
  }

  /** Sets whether {@code bind} leaves the choice of a port to {@code connect}. */
  public static void choosePortLate(int fd, boolean late) {
    option(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, late ? 1 : 0);
  }

  /** Says whether a socket has a local port, be it bound or connected. */
  public static boolean hasLocalPort(int fd) {
    ByteBuffer address = memory(SIZEOF_SOCKADDR_IN6);
    Libc.getsockname(fd, address, integer(SIZEOF_SOCKADDR_IN6));
    return address.getShort(2) != 0;
  }

  /** Says whether a socket is connected. */
  public static boolean hasPeer(int fd) {
    ByteBuffer address = memory(SIZEOF_SOCKADDR_IN6);
    return Libc.getpeername(fd, address, integer(SIZEOF_SOCKADDR_IN6)) == 0;
  }

  /** Says whether a socket listens. */
  public static boolean isListening(int fd) {
    return option(fd, Libc.SOL_SOCKET, SO_ACCEPTCONN) != 0;
  }

  /** Takes the errno that a connect ended with; 0 if there is none. */
  public static int takeError(int fd) {
    return option(fd, Libc.SOL_SOCKET, SO_ERROR);
  }

  /** Makes a socket listen, at a port that the kernel chooses unless it is bound. */
  public static int listen(int fd) {
    return result(Libc.listen(fd, QUEUE));
  }

  /** Accepts a connection; waits for it. */
  public static int accept(int fd) {
    return result(Libc.accept(fd, Libc.SOCK_CLOEXEC));
  }

  /** Returns the local port of a socket; 0 if it has none. */
  public static int localPort(int fd) {
    ByteBuffer address = memory(SIZEOF_SOCKADDR_IN6);
    Libc.getsockname(fd, address, integer(SIZEOF_SOCKADDR_IN6));
    return Short.toUnsignedInt(address.order(ByteOrder.BIG_ENDIAN).getShort(2));
  }

  /** Sets whether an IPv6 socket takes no IPv4-mapped addresses. */
  public static void takeIpv6Only(int fd, boolean only) {
    option(fd, IPPROTO_IPV6, IPV6_V6ONLY, only ? 1 : 0);
  }

  /** Makes the close of a connection reset it. */
  public static void resetOnClose(int fd) {
    byte[] linger = new byte[2 * Integer.BYTES];
    ByteBuffer.wrap(linger).order(ByteOrder.nativeOrder()).putInt(1);
    Libc.setsockopt(fd, Libc.SOL_SOCKET, SO_LINGER, linger, linger.length);
  }

  /** A listener whose queue is full, once one is needed. */
  private static final class Silent {
    static final FullListener LISTENER = open();

    private static FullListener open() {
      try {
        return new FullListener();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Returns an IPv4 address, in the layout of Linux, that does not answer on this machine. */
  public static byte[] silentAddress() {
    try {
      byte[] address = new byte[16];
      ByteBuffer.wrap(address).order(ByteOrder.nativeOrder()).putShort((short) AF_INET);
      int port = Silent.LISTENER.address().getPort();
      ByteBuffer.wrap(address).putShort(2, (short) port).putInt(4, 0x7f000001);
      return address;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Makes a descriptor non-blocking. */
  public static void makeNonBlocking(int fd) {
    Libc.fcntl(fd, F_SETFL, Libc.fcntl(fd, F_GETFL, 0) | O_NONBLOCK);
  }

  /**
   * Connects with data in the SYN if a cookie is known, and asks for a cookie if not; never waits.
   *
   * @return how many bytes the SYN has taken; {@code -EINPROGRESS} for none
   */
  public static int sendFastOpen(int fd, byte[] data, byte[] address) {
    int flags = Libc.MSG_FASTOPEN | MSG_NOW;
    return result(Libc.sendto(fd, data, data.length, flags, address, address.length));
  }

  private static byte[] foreignAddress() {
    byte[] address = new byte[28];
    ByteBuffer.wrap(address).order(ByteOrder.nativeOrder()).putShort((short) 1);
    return address;
  }

  /**
   * Says whether the client side is on in the namespace of a socket that is not connected. Sends
   * nothing: Linux checks the setting first, and then refuses the address.
   */
  public static boolean isFastOpenClientOn(int fd) {
    return sendFastOpen(fd, new byte[0], FOREIGN_ADDRESS) != -EOPNOTSUPP;
  }

  /** Lets data go with the SYN without a cookie. */
  public static void needNoCookie(int fd) {
    option(fd, Libc.IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE, 1);
  }

  /** Sends without waiting, and returns how many bytes the kernel has taken. */
  public static int send(int fd, byte[] data) {
    return result(Libc.send(fd, data, data.length, MSG_NOW));
  }

  /** Receives without waiting, to the beginning of a buffer. */
  public static int recv(int fd, ByteBuffer data, int length, boolean peek) {
    byte[] bytes = new byte[length];
    int received = result(Libc.recv(fd, bytes, length, MSG_NOW | (peek ? Libc.MSG_PEEK : 0)));
    if (received > 0) {
      data.put(0, bytes, 0, received);
    }
    return received;
  }

  /** Begins a plain connect without waiting, in whichever mode the descriptor is. */
  public static int connect(int fd, byte[] address) {
    int flags = Libc.fcntl(fd, F_GETFL, 0);
    Libc.fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    int result = result(Libc.connect(fd, address, address.length));
    Libc.fcntl(fd, F_SETFL, flags);
    return result;
  }

  /** Says whether a descriptor is non-blocking. */
  public static boolean isNonBlocking(int fd) {
    return (Libc.fcntl(fd, F_GETFL, 0) & O_NONBLOCK) != 0;
  }

  /** Switches TCP Fast Open on or off for a listener. */
  public static void acceptFastOpen(int fd, boolean on) {
    option(fd, Libc.IPPROTO_TCP, TCP_FASTOPEN, on ? QUEUE : 0);
  }

  /** Returns {@code struct tcp_info}; null if the descriptor is not an open TCP socket. */
  public static @Nullable ByteBuffer tcpInfo(int fd) {
    ByteBuffer info = memory(TCP_INFO_BYTES);
    int failed = Libc.getsockopt(fd, Libc.IPPROTO_TCP, TCP_INFO, info, integer(TCP_INFO_BYTES));
    return failed < 0 ? null : info;
  }

  /** Returns {@code tcpi_state} of a {@link #tcpInfo}, such as {@link #LISTEN}. */
  public static int state(ByteBuffer info) {
    return info.get(0);
  }

  /** Says whether {@code tcpi_options} of a {@link #tcpInfo} has a bit. */
  public static boolean hasOption(ByteBuffer info, int option) {
    return (info.get(5) & option) != 0;
  }

  /** Returns {@code tcpi_fastopen_client_fail} of a {@link #tcpInfo}, 0 to 3 (Linux 5.5). */
  public static int fastOpenFailure(ByteBuffer info) {
    return (info.get(7) >> 1) & 3;
  }

  /** Says whether a segment of the connection was sent or received, from a {@link #tcpInfo}. */
  public static boolean hasBeenOnTheWire(ByteBuffer info) {
    return info.getInt(SEGS_OUT) != 0 || info.getInt(SEGS_IN) != 0;
  }

  /**
   * Says whether the SYN of a client was acknowledged, from a {@link #tcpInfo}. The {@link #state}
   * does not tell that: it is {@link #CLOSE} both if the connection was refused and if it has
   * ended.
   */
  public static boolean isSynAcknowledged(ByteBuffer info) {
    return info.getLong(BYTES_ACKED) != 0;
  }

  /** Says whether a segment was sent again, from a {@link #tcpInfo}. */
  public static boolean isRetransmitted(ByteBuffer info) {
    return info.getInt(TOTAL_RETRANS) != 0;
  }

  /** Says whether an IPv6 socket takes no IPv4-mapped addresses. */
  public static boolean isIpv6Only(int fd) {
    return option(fd, IPPROTO_IPV6, IPV6_V6ONLY) != 0;
  }

  /** Returns the address family of a socket. */
  public static int domain(int fd) {
    return option(fd, Libc.SOL_SOCKET, SO_DOMAIN);
  }

  /**
   * Waits until a socket can be written or has failed.
   *
   * @param millis the most time to wait
   * @return the bits {@link #POLLOUT}, {@link #POLLERR} and {@link #POLLHUP}; 0 after that time
   */
  public static int poll(int fd, long millis) {
    ByteBuffer descriptor = memory(8).putInt(0, fd).putShort(4, (short) POLLOUT);
    ByteBuffer timeout = Libc.timespec(memory(16), millis * NANOS_PER_MILLI);
    return Libc.ppoll(descriptor, 1, timeout) > 0 ? descriptor.getShort(6) : 0;
  }

  /** Returns another descriptor of the same socket. */
  public static int dup(int fd) {
    return result(Libc.dup(fd));
  }

  /**
   * Makes a descriptor refer to another socket.
   *
   * @param fd the descriptor; its socket is closed unless it has another descriptor
   * @param other a descriptor of the other socket
   */
  public static void replace(int fd, int other) {
    Libc.dup3(other, fd, O_CLOEXEC);
  }

  /** Closes a descriptor. */
  public static void close(int fd) {
    Libc.close(fd);
  }

  /** Returns a number that no other socket has, ever; negative if this is not an open socket. */
  public static long cookie(int fd) {
    ByteBuffer value = memory(Long.BYTES);
    return Libc.getsockopt(fd, Libc.SOL_SOCKET, SO_COOKIE, value, integer(Long.BYTES)) < 0
        ? -1
        : value.getLong(0);
  }

  /**
   * Returns {@code net.ipv4.tcp_fastopen} of the calling thread's namespace. It does not use {@code
   * readString}, which gets only the first digit: the kernel returns an integer only once.
   */
  public static int fastOpenSysctl() {
    try {
      return Integer.decode(Files.readAllLines(SYSCTL).get(0));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Copies memory from an address, as a kernel reads what a pointer points to. */
  public static ByteBuffer copyIn(long address, int size) {
    ByteBuffer copy = memory(size);
    Libc.memmove(copy, address, size);
    return copy;
  }

  /** Returns the address at which a direct buffer begins. */
  public static long addressOf(ByteBuffer direct) {
    return Libc.addressOf(direct);
  }
}
