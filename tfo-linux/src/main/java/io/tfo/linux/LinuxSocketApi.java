package io.tfo.linux;

import java.nio.ByteBuffer;

/**
 * The system calls of Linux that the backends make, in their C spelling. Each returns what the
 * kernel itself returns: a result of at least 0, or the negative errno.
 *
 * <p>Constants are those of {@code asm-generic}, which all supported architectures share.
 */
public interface LinuxSocketApi {
  /** {@code netinet/in.h}: the level of the options below. */
  int IPPROTO_TCP = 6;

  /** {@code asm-generic/socket.h}: the level of SO_LINGER. 0xffff on the BSDs and Darwin. */
  int SOL_SOCKET = 1;

  /** {@code asm-generic/socket.h}: a {@code struct linger} of two ints. 0x80 on the BSDs. */
  int SO_LINGER = 13;

  /** {@code asm-generic/socket.h}, Linux 2.6.32: the protocol of a socket. */
  int SO_PROTOCOL = 38;

  /** {@code linux/in.h}, Linux 5.6: Multipath TCP (RFC 8684), whose options are TCP's. */
  int IPPROTO_MPTCP = 262;

  /** {@code linux/tcp.h}, Linux 2.4: reads a {@code struct tcp_info}. */
  int TCP_INFO = 11;

  /**
   * {@code linux/tcp.h}, Linux 3.7: the length of a listener's queue. The number is 15 on Windows,
   * 261 on Darwin, 1025 on FreeBSD.
   */
  int TCP_FASTOPEN = 23;

  /** {@code linux/tcp.h}, Linux 4.11: {@code connect} is deferred to the first write. */
  int TCP_FASTOPEN_CONNECT = 30;

  /**
   * {@code linux/tcp.h}, Linux 4.15: the keys of a listener, 16 bytes each. Two keys, and so 32
   * bytes, since Linux 5.3.
   */
  int TCP_FASTOPEN_KEY = 33;

  /** {@code linux/tcp.h}, Linux 4.15: data is sent, or accepted, without a cookie. */
  int TCP_FASTOPEN_NO_COOKIE = 34;

  /** {@code bits/socket.h}: TCP discards what it received (tcp(7)). 0x10 on the BSDs and Darwin. */
  int MSG_TRUNC = 0x20;

  /** {@code bits/socket.h}: this call does not block. The number is 0x80 on the BSDs and Darwin. */
  int MSG_DONTWAIT = 0x40;

  /** {@code bits/socket.h}: no SIGPIPE. The number is 0x20000 on FreeBSD, 0x80000 on Darwin. */
  int MSG_NOSIGNAL = 0x4000;

  /** {@code bits/socket.h}, Linux 3.7: connect and send. Linux only. */
  int MSG_FASTOPEN = 0x20000000;

  /** {@code sys/socket.h}: the output alone. */
  int SHUT_WR = 1;

  /** {@code asm-generic/errno-base.h}: what a seccomp filter usually returns. */
  int EPERM = 1;

  /** {@code asm-generic/errno-base.h}: what a Linux security module returns. */
  int EACCES = 13;

  /** {@code asm-generic/errno-base.h}: a length or a value that the call does not take. */
  int EINVAL = 22;

  /** {@code asm-generic/errno.h}: the kernel has no such call, or a filter says so. */
  int ENOSYS = 38;

  /** {@code asm-generic/errno.h}: the option or flag is unknown to this kernel. */
  int ENOPROTOOPT = 92;

  /** {@code asm-generic/errno.h}: the client side is off. */
  int EOPNOTSUPP = 95;

  /** {@code asm-generic/errno.h}: the SYN was sent, and took no data. */
  int EINPROGRESS = 115;

  /** {@code sys/socket.h}: a {@code connect} to this family cancels a deferred one. */
  short AF_UNSPEC = 0;

  /** {@code bits/socket.h}: the family of Unix-domain sockets. TCP refuses its addresses. */
  short AF_UNIX = 1;

  /** {@code setsockopt(fd, level, name, value, length)}. */
  int setsockopt(int fd, int level, int name, ByteBuffer value, int length);

  /**
   * {@code getsockopt(fd, level, name, value, length)}, where {@code length} is one int, in and
   * out.
   */
  int getsockopt(int fd, int level, int name, ByteBuffer value, ByteBuffer length);

  /** {@code connect(fd, address, length)}. */
  int connect(int fd, ByteBuffer address, int length);

  /** {@code sendto(fd, data, dataLength, flags, address, addressLength)}. */
  int sendto(
      int fd, ByteBuffer data, int dataLength, int flags, ByteBuffer address, int addressLength);

  /** {@code send(fd, data, length, flags)}. */
  int send(int fd, ByteBuffer data, int length, int flags);

  /** {@code recv(fd, NULL, length, flags)}, with {@link #MSG_TRUNC} among the flags. */
  int recv(int fd, int length, int flags);

  /** {@code shutdown(fd, how)}. */
  int shutdown(int fd, int how);

  /**
   * The C library of this process.
   *
   * @return the system calls
   * @throws LinkageError if JNA or a function is missing
   */
  static LinuxSocketApi libc() {
    return new Libc();
  }
}
