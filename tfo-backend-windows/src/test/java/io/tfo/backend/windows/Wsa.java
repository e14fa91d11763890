package io.tfo.backend.windows;

import io.tfo.lab.simulation.LinuxCalls;
import java.util.Map;

/** Windows' numbers, from {@code winsock2.h}, {@code mswsock.h}, {@code winerror.h}. */
final class Wsa {
  static final int AF_INET = 2;
  static final int AF_INET6 = 23;
  static final int IPPROTO_TCP = 6;
  static final int TCP_FASTOPEN = 15;
  static final int SOL_SOCKET = 0xffff;
  static final int SO_REUSE_UNICASTPORT = 0x3007;
  static final int SO_UPDATE_CONNECT_CONTEXT = 0x7010;
  static final int SIO_TCP_INITIAL_RTO = 0x98000011;
  static final int SIO_GET_EXTENSION_FUNCTION_POINTER = 0xC8000006;

  static final int ERROR_INVALID_HANDLE = 6;
  static final int ERROR_INVALID_PARAMETER = 87;
  static final int WAIT_TIMEOUT = 258;
  static final int ERROR_OPERATION_ABORTED = 995;
  static final int WSA_IO_INCOMPLETE = 996;
  static final int WSA_IO_PENDING = 997;
  static final int ERROR_NOT_FOUND = 1168;
  static final int WSAEACCES = 10013;
  static final int WSAEFAULT = 10014;
  static final int WSAEINVAL = 10022;
  static final int WSAEALREADY = 10037;
  static final int WSAENOTSOCK = 10038;
  static final int WSAEPROTOTYPE = 10041;
  static final int WSAENOPROTOOPT = 10042;
  static final int WSAEOPNOTSUPP = 10045;
  static final int WSAEAFNOSUPPORT = 10047;
  static final int WSAEADDRINUSE = 10048;
  static final int WSAEADDRNOTAVAIL = 10049;
  static final int WSAENETUNREACH = 10051;
  static final int WSAECONNRESET = 10054;
  static final int WSAENOBUFS = 10055;
  static final int WSAEISCONN = 10056;
  static final int WSAENOTCONN = 10057;
  static final int WSAETIMEDOUT = 10060;
  static final int WSAECONNREFUSED = 10061;
  static final int WSAEHOSTUNREACH = 10065;

  private static final Map<Integer, Integer> BY_ERRNO =
      Map.ofEntries(
          Map.entry(LinuxCalls.EACCES, WSAEACCES),
          Map.entry(LinuxCalls.EINVAL, WSAEINVAL),
          Map.entry(LinuxCalls.EADDRINUSE, WSAEADDRINUSE),
          Map.entry(LinuxCalls.EADDRNOTAVAIL, WSAEADDRNOTAVAIL),
          Map.entry(LinuxCalls.ENETUNREACH, WSAENETUNREACH),
          Map.entry(LinuxCalls.ECONNRESET, WSAECONNRESET),
          Map.entry(LinuxCalls.ETIMEDOUT, WSAETIMEDOUT),
          Map.entry(LinuxCalls.ECONNREFUSED, WSAECONNREFUSED),
          Map.entry(LinuxCalls.EHOSTUNREACH, WSAEHOSTUNREACH));

  /**
   * The errors of {@code GetLastError} at a port, by the errors of {@code WSAGetOverlappedResult}.
   */
  private static final Map<Integer, Integer> WIN32 =
      Map.of(WSAECONNREFUSED, 1225, WSAETIMEDOUT, 121, WSAENETUNREACH, 1231, WSAEHOSTUNREACH, 1232);

  private Wsa() {}

  static int ofErrno(int errno) {
    return BY_ERRNO.getOrDefault(errno, WSAENOBUFS);
  }

  static int win32(int error) {
    return WIN32.getOrDefault(error, error);
  }
}
