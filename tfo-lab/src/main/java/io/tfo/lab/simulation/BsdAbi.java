package io.tfo.lab.simulation;

/**
 * Numbers that FreeBSD 12 to 15 and macOS 10.11 to 15 share, from 4.4BSD. They are written down
 * from the systems' headers, and none is taken from a backend.
 */
public final class BsdAbi {
  // sys/socket.h, netinet/in.h
  public static final int IPPROTO_TCP = 6;
  public static final int MSG_DONTWAIT = 0x80;

  // sys/errno.h
  public static final int EPERM = 1;
  public static final int ENOENT = 2;
  public static final int EBADF = 9;
  public static final int ENOMEM = 12;
  public static final int EACCES = 13;
  public static final int EFAULT = 14;
  public static final int EINVAL = 22;
  public static final int EPIPE = 32;
  public static final int EAGAIN = 35;
  public static final int EINPROGRESS = 36;
  public static final int EALREADY = 37;
  public static final int ENOPROTOOPT = 42;
  public static final int EAFNOSUPPORT = 47;
  public static final int EADDRINUSE = 48;
  public static final int EADDRNOTAVAIL = 49;
  public static final int ENETDOWN = 50;
  public static final int ENETUNREACH = 51;
  public static final int ECONNRESET = 54;
  public static final int ENOBUFS = 55;
  public static final int EISCONN = 56;
  public static final int ENOTCONN = 57;
  public static final int ETIMEDOUT = 60;
  public static final int ECONNREFUSED = 61;
  public static final int EHOSTDOWN = 64;
  public static final int EHOSTUNREACH = 65;

  private BsdAbi() {}

  /** Returns the number of an error that Linux has given; EINVAL for one that is not listed. */
  public static int fromLinux(int errno) {
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
      case 115 -> EINPROGRESS;
      default -> EINVAL;
    };
  }
}
