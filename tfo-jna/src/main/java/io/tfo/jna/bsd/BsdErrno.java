package io.tfo.jna.bsd;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.util.Arrays;
import java.util.Locale;

/**
 * Error numbers of {@code sys/errno.h} that a connect can return. They come from 4.4BSD, and are
 * the same on FreeBSD and macOS; from EAGAIN on they differ from Linux. Each maps to the exception
 * that the JDK's connect throws for it.
 */
public enum BsdErrno {
  /** Switched off, or not allowed. */
  EPERM(1),
  /** There is no such sysctl: this kernel is built without it. */
  ENOENT(2),
  /** No memory. */
  ENOMEM(12),
  /** A broadcast address, or a firewall. */
  EACCES(13),
  /** A wrong length, value or state. */
  EINVAL(22),
  /** The socket was shut down. */
  EPIPE(32),
  /** The call would block. 11 on Linux. */
  EAGAIN(35),
  /** The connect is under way. 115 on Linux. */
  EINPROGRESS(36),
  /** Another connect is under way. 114 on Linux. */
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
  /** No answer to a SYN with data: a black hole. On macOS only. */
  ENODATA(96);

  private final int number;

  BsdErrno(int number) {
    this.number = number;
  }

  /**
   * Returns the number.
   *
   * @return the value in {@code sys/errno.h}
   */
  public int number() {
    return number;
  }

  /**
   * Tells whether a call failed with this error.
   *
   * @param result what the call returned: a result, or the negative number
   * @return true if it did
   */
  public boolean is(int result) {
    return result == -number;
  }

  /**
   * Creates the exception that the JDK would throw for a failed call.
   *
   * @param call the call's name
   * @param result what it returned: the negative number
   * @return an exception whose message is such as {@code connectx: EHOSTUNREACH (65)}
   */
  public static IOException failed(String call, int result) {
    return Arrays.stream(values())
        .filter(errno -> errno.is(result))
        .findFirst()
        .map(
            errno ->
                errno.exception(
                    String.format(Locale.ROOT, "%s: %s (%d)", call, errno, errno.number)))
        .orElseGet(
            () -> new SocketException(String.format(Locale.ROOT, "%s: errno %d", call, -result)));
  }

  /** Maps the error as {@code handleSocketError} in the JDK's {@code Net.c} does. */
  private IOException exception(String message) {
    return switch (this) {
      case ECONNREFUSED, ETIMEDOUT, ENOTCONN -> new ConnectException(message);
      case EHOSTUNREACH -> new NoRouteToHostException(message);
      case EADDRINUSE, EADDRNOTAVAIL, EACCES -> new BindException(message);
      default -> new SocketException(message);
    };
  }
}
