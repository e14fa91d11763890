package io.tfo.jna.bsd;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.util.Arrays;

/**
 * The error numbers of {@code sys/errno.h} that a connect meets: those of 4.4BSD, the same on
 * FreeBSD and macOS, and other than on Linux from EAGAIN on. Each has the exception that the JDK's
 * connect throws for it.
 */
public enum BsdErrno {
  /** Switched off, or not allowed. */
  EPERM(1),
  /** No such sysctl: this kernel is built without. */
  ENOENT(2),
  /** No memory. */
  ENOMEM(12),
  /** A broadcast address, or a firewall. */
  EACCES(13),
  /** A wrong length, value or state. */
  EINVAL(22),
  /** The socket was shut down. */
  EPIPE(32),
  /** The call would wait. 11 on Linux. */
  EAGAIN(35),
  /** The connect goes on. 115 on Linux. */
  EINPROGRESS(36),
  /** A connect was under way. 114 on Linux. */
  EALREADY(37),
  /** The option is unknown. 92 on Linux. */
  ENOPROTOOPT(42),
  /** On FreeBSD also EOPNOTSUPP, which on macOS is 102. Both are 95 on Linux. */
  ENOTSUP(45),
  /** The address is of another family. 97 on Linux. */
  EAFNOSUPPORT(47),
  /** 98 on Linux. */
  EADDRINUSE(48),
  /** 99 on Linux. */
  EADDRNOTAVAIL(49),
  /** 100 on Linux. */
  ENETDOWN(50),
  /** 101 on Linux. */
  ENETUNREACH(51),
  /** 104 on Linux. */
  ECONNRESET(54),
  /** 105 on Linux. */
  ENOBUFS(55),
  /** 106 on Linux. */
  EISCONN(56),
  /** 107 on Linux. */
  ENOTCONN(57),
  /** 110 on Linux. */
  ETIMEDOUT(60),
  /** 111 on Linux. */
  ECONNREFUSED(61),
  /** 112 on Linux. */
  EHOSTDOWN(64),
  /** 113 on Linux. */
  EHOSTUNREACH(65),
  /** The system call is missing. 38 on Linux. */
  ENOSYS(78),
  /** A black hole for SYNs with data was found. On macOS only. */
  ENODATA(96);

  private final int number;

  BsdErrno(int number) {
    this.number = number;
  }

  /**
   * The number.
   *
   * @return it, as {@code sys/errno.h} has it
   */
  public int number() {
    return number;
  }

  /**
   * Whether a call failed with this error.
   *
   * @param result what the call returned: a result, or the negative number
   * @return whether it did
   */
  public boolean is(int result) {
    return result == -number;
  }

  /**
   * A failed call as the exception that the JDK would throw for it.
   *
   * @param call the call's name
   * @param result what it returned: the negative number
   * @return an exception whose message is such as {@code connectx: EHOSTUNREACH (65)}
   */
  public static IOException failed(String call, int result) {
    return Arrays.stream(values())
        .filter(errno -> errno.is(result))
        .findFirst()
        .map(errno -> errno.exception("%s: %s (%d)".formatted(call, errno, errno.number)))
        .orElseGet(() -> new SocketException("%s: errno %d".formatted(call, -result)));
  }

  /** As {@code handleSocketError} in the JDK's {@code Net.c} has it. */
  private IOException exception(String message) {
    return switch (this) {
      case ECONNREFUSED, ETIMEDOUT, ENOTCONN -> new ConnectException(message);
      case EHOSTUNREACH -> new NoRouteToHostException(message);
      case EADDRINUSE, EADDRNOTAVAIL, EACCES -> new BindException(message);
      default -> new SocketException(message);
    };
  }
}
