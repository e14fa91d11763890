package io.tfo.backend.windows;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.util.Locale;

/** Errors of Winsock ({@code winsock2.h}) that messages name. */
enum WsaError {
  WSAEACCES(10013),
  WSAEINVAL(10022),
  WSAEMFILE(10024),
  WSAENOTSOCK(10038),
  WSAENOPROTOOPT(10042),
  WSAEOPNOTSUPP(10045),
  WSAEAFNOSUPPORT(10047),
  WSAEADDRINUSE(10048),
  WSAEADDRNOTAVAIL(10049),
  WSAENETDOWN(10050),
  WSAENETUNREACH(10051),
  WSAENETRESET(10052),
  WSAECONNABORTED(10053),
  WSAECONNRESET(10054),
  WSAENOBUFS(10055),
  WSAEISCONN(10056),
  WSAENOTCONN(10057),
  WSAETIMEDOUT(10060),
  WSAECONNREFUSED(10061),
  WSAEHOSTDOWN(10064),
  WSAEHOSTUNREACH(10065),
  /** {@code winerror.h}: {@code ERROR_OPERATION_ABORTED}. */
  WSA_OPERATION_ABORTED(995),
  /** {@code winerror.h}: {@code ERROR_IO_INCOMPLETE}. */
  WSA_IO_INCOMPLETE(996),
  /** {@code winerror.h}: {@code ERROR_IO_PENDING}; not a failure. */
  WSA_IO_PENDING(997),
  /** Any other error. */
  UNKNOWN(0);

  private final int number;

  WsaError(int number) {
    this.number = number;
  }

  /** Tells whether a call of {@link WindowsSocketApi} returned this error. */
  boolean is(int result) {
    return result == -number;
  }

  /**
   * Creates the exception of the JDK's connect on Windows; the text names the call and the error.
   */
  static IOException exception(String call, int result) {
    String text = describe(call, result);
    return switch (find(result)) {
      case WSAEADDRINUSE, WSAEADDRNOTAVAIL -> new BindException(text);
      case WSAECONNREFUSED, WSAETIMEDOUT -> new ConnectException(text);
      case WSAEHOSTUNREACH -> new NoRouteToHostException(text);
      default -> new SocketException(text);
    };
  }

  /** Returns a text such as {@code ConnectEx: WSAECONNREFUSED (10061)}. */
  static String describe(String call, int result) {
    WsaError error = find(result);
    return error == UNKNOWN
        ? String.format(Locale.ROOT, "%s: error %d", call, -result)
        : String.format(Locale.ROOT, "%s: %s (%d)", call, error.name(), error.number);
  }

  private static WsaError find(int result) {
    for (WsaError each : values()) {
      if (each.is(result)) {
        return each;
      }
    }
    return UNKNOWN;
  }
}
