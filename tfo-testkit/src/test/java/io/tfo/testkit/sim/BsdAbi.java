package io.tfo.testkit.sim;

/** Numbers that FreeBSD 12 to 15 and macOS 10.11 to 15 share, from 4.4BSD. */
final class BsdAbi {
  // sys/socket.h, netinet/in.h
  static final int IPPROTO_TCP = 6;
  static final int MSG_DONTWAIT = 0x80;

  // sys/errno.h
  static final int EPERM = 1;
  static final int ENOENT = 2;
  static final int EBADF = 9;
  static final int ENOMEM = 12;
  static final int EACCES = 13;
  static final int EFAULT = 14;
  static final int EINVAL = 22;
  static final int EAGAIN = 35;
  static final int EALREADY = 37;
  static final int ENOPROTOOPT = 42;
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

  private BsdAbi() {}

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
