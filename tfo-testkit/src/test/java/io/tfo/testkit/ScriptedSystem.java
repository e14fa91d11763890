package io.tfo.testkit;

import io.tfo.backend.bsd.SimulatedBsd;
import io.tfo.backend.darwin.SimulatedDarwin;
import io.tfo.backend.linux.connect.ScriptedLinuxConnect;
import io.tfo.backend.linux.legacy.ScriptedLinuxLegacy;
import io.tfo.backend.windows.SimulatedWindows;
import io.tfo.spi.FastOpenBackend;
import io.tfo.testkit.sim.DarwinKernel;
import io.tfo.testkit.sim.FreeBsdKernel;
import io.tfo.testkit.sim.Script;
import io.tfo.testkit.sim.windows.Deviation;
import io.tfo.testkit.sim.windows.SimulatedWinsock;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** A system by its calls and its errors, with the numbers of its own headers. */
enum ScriptedSystem {
  LINUX_LEGACY(
      ScriptedLinuxLegacy::by,
      List.of("sendto", "setsockopt", "getsockopt"),
      IntStream.rangeClosed(1, 133),
      errno -> errno == 115, // EINPROGRESS
      List.of(111, 110, 107), // ECONNREFUSED, ETIMEDOUT, ENOTCONN
      List.of(113), // EHOSTUNREACH
      List.of(98, 99, 13)), // EADDRINUSE, EADDRNOTAVAIL, EACCES
  LINUX_CONNECT(
      ScriptedLinuxConnect::by,
      List.of("setsockopt", "connect", "send", "getsockopt"),
      IntStream.rangeClosed(1, 133),
      errno -> errno == 115,
      List.of(111, 110, 107),
      List.of(113),
      List.of(98, 99, 13)),
  BSD(
      script -> SimulatedBsd.by(script, new FreeBsdKernel()),
      List.of("sysctlbyname", "setsockopt", "sendto", "getsockopt"),
      IntStream.rangeClosed(1, 97), // ELAST
      errno -> false,
      List.of(61, 60, 57),
      List.of(65),
      List.of(48, 49, 13)),
  DARWIN(
      script -> SimulatedDarwin.by(script, new DarwinKernel()),
      List.of("sysctlbyname", "connectx", "send", "recv", "setsockopt", "getsockopt"),
      IntStream.rangeClosed(1, 107), // ELAST
      errno -> errno == 36 || errno == 35, // EINPROGRESS; EAGAIN from recv
      List.of(61, 60, 57),
      List.of(65),
      List.of(48, 49, 13)),
  WINDOWS(
      script -> SimulatedWindows.by(script, new SimulatedWinsock(Deviation.NONE)).backend(),
      List.of(
          "socket",
          "closesocket",
          "setsockopt",
          "getsockopt",
          "bind",
          "WSAIoctl",
          "CreateIoCompletionPort",
          "GetQueuedCompletionStatus",
          "ConnectEx",
          "WSAGetOverlappedResult",
          "CancelIoEx"),
      // Winsock's, and those of winerror.h that overlapped calls end with.
      IntStream.concat(
          IntStream.rangeClosed(10004, 10112),
          IntStream.of(5, 6, 8, 64, 87, 121, 995, 996, 1168, 1225, 1231, 1232, 1236)),
      errno -> errno == 997, // WSA_IO_PENDING
      List.of(10061, 10060),
      List.of(10065),
      List.of(10048, 10049));

  final List<String> calls;
  final List<Integer> errors;
  private final Function<Script, FastOpenBackend> backend;
  private final IntPredicate goesOn;
  private final List<Integer> connectErrors;
  private final List<Integer> routeErrors;
  private final List<Integer> bindErrors;

  ScriptedSystem(
      Function<Script, FastOpenBackend> backend,
      List<String> calls,
      IntStream errors,
      IntPredicate goesOn,
      List<Integer> connectErrors,
      List<Integer> routeErrors,
      List<Integer> bindErrors) {
    this.backend = backend;
    this.calls = calls;
    this.errors = errors.boxed().toList();
    this.goesOn = goesOn;
    this.connectErrors = connectErrors;
    this.routeErrors = routeErrors;
    this.bindErrors = bindErrors;
  }

  FastOpenBackend backend(Script script) {
    return backend.apply(script);
  }

  /** Whether it says that the connect is under way: then it must be, and cannot be made up. */
  boolean goesOn(int error) {
    return goesOn.test(error);
  }

  /** What the JDK throws for an error of a connect: by {@code Net.c}, {@code net_util_md.c}. */
  Class<? extends IOException> jdkException(String call, int error) {
    if (call.equals("GetQueuedCompletionStatus")) {
      return SocketException.class; // it ends all waits, and no connect has failed with this error
    }
    if (connectErrors.contains(error)) {
      return ConnectException.class;
    }
    if (routeErrors.contains(error)) {
      return NoRouteToHostException.class;
    }
    return bindErrors.contains(error) ? BindException.class : SocketException.class;
  }
}
