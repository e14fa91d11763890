package io.tfo.testkit.sim;

/** Numbers and layouts of macOS 10.11 to 15, the same on arm64 and x86_64. */
final class DarwinAbi {
  // sys/socket.h, netinet/in.h, netinet/tcp.h
  static final int AF_INET6 = 30;
  static final int IPPROTO_TCP = 6;
  static final int TCP_FASTOPEN = 0x105;
  static final int TCP_CONNECTION_INFO = 0x106;
  static final int CONNECT_RESUME_ON_READ_WRITE = 1;
  static final int CONNECT_DATA_IDEMPOTENT = 2;
  static final int CONNECT_DATA_AUTHENTICATED = 4;
  static final int SAE_ASSOCID_ANY = 0;
  static final int MSG_PEEK = 2;
  static final int MSG_DONTWAIT = 0x80;
  static final int MSG_NOSIGNAL = 0x80000;

  // sys/socket.h: sa_endpoints_t, 64 bits
  static final int SIZEOF_SA_ENDPOINTS = 40;
  static final int SAE_SRCIF = 0;
  static final int SAE_SRCADDR = 8;
  static final int SAE_SRCADDRLEN = 16;
  static final int SAE_DSTADDR = 24;
  static final int SAE_DSTADDRLEN = 32;

  // sys/uio.h: struct iovec, 64 bits
  static final int IOV_BASE = 0;
  static final int IOV_LEN = 8;
  static final int SIZEOF_IOVEC = 16;

  // netinet/tcp.h: struct tcp_connection_info; bits of the word that begins at TCPI_TFO
  static final int SIZEOF_TCP_CONNECTION_INFO = 112;
  static final int TCPI_TFO = 52;
  static final int TCPI_TFO_COOKIE_REQ = 1;
  static final int TCPI_TFO_SYN_LOSS = 1 << 2;
  static final int TCPI_TFO_SYN_DATA_SENT = 1 << 3;
  static final int TCPI_TFO_SYN_DATA_ACKED = 1 << 4;
  static final int TCPI_TFO_SYN_DATA_RCV = 1 << 5;
  static final int TCPI_TFO_HEURISTICS_DISABLE = 1 << 11;

  // sys/errno.h
  static final int EPERM = 1;
  static final int ENOENT = 2;
  static final int EBADF = 9;
  static final int ENOMEM = 12;
  static final int EACCES = 13;
  static final int EFAULT = 14;
  static final int EINVAL = 22;
  static final int EAGAIN = 35;
  static final int EINPROGRESS = 36;
  static final int EALREADY = 37;
  static final int ENOPROTOOPT = 42;
  static final int ENOTSUP = 45;
  static final int EAFNOSUPPORT = 47;
  static final int EADDRINUSE = 48;
  static final int EADDRNOTAVAIL = 49;
  static final int ENETDOWN = 50;
  static final int ENETUNREACH = 51;
  static final int ECONNRESET = 54;
  static final int ENOBUFS = 55;
  static final int EISCONN = 56;
  static final int ENOTCONN = 57;
  static final int ETIMEDOUT = 60;
  static final int ECONNREFUSED = 61;
  static final int EHOSTUNREACH = 65;
  static final int EPIPE = 32;
  static final int ENOSYS = 78;
  static final int ENODATA = 96;
  static final int EOPNOTSUPP = 102;

  private DarwinAbi() {}

  /** The number of an error that Linux has given. */
  static int fromLinux(int errno) {
    return switch (errno) {
      case 1 -> EPERM;
      case 9 -> EBADF;
      case 11 -> EAGAIN;
      case 12 -> ENOMEM;
      case 13 -> EACCES;
      case 22 -> EINVAL;
      case 32 -> EPIPE;
      case 97 -> EAFNOSUPPORT;
      case 98 -> EADDRINUSE;
      case 99 -> EADDRNOTAVAIL;
      case 100 -> ENETDOWN;
      case 101 -> ENETUNREACH;
      case 104 -> ECONNRESET;
      case 105 -> ENOBUFS;
      case 106 -> EISCONN;
      case 107 -> ENOTCONN;
      case 110 -> ETIMEDOUT;
      case 111 -> ECONNREFUSED;
      case 113 -> EHOSTUNREACH;
      case 114 -> EALREADY;
      default -> EINVAL;
    };
  }
}
