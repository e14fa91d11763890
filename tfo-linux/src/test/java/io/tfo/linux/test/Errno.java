package io.tfo.linux.test;

/** The errors of system calls, by {@code asm-generic/errno.h}. */
public enum Errno {
  EPERM(1),
  EINTR(4),
  EAGAIN(11),
  ENOMEM(12),
  EACCES(13),
  EINVAL(22),
  EPIPE(32),
  ENOSYS(38),
  ENOPROTOOPT(92),
  EOPNOTSUPP(95),
  EADDRNOTAVAIL(99),
  ENETUNREACH(101),
  ECONNRESET(104),
  ENOBUFS(105),
  EISCONN(106),
  ENOTCONN(107),
  ECONNREFUSED(111),
  EHOSTUNREACH(113),
  EALREADY(114);

  public static final int EINPROGRESS = 115;

  private final int number;

  Errno(int number) {
    this.number = number;
  }

  /** As the kernel returns it. */
  public int result() {
    return -number;
  }
}
