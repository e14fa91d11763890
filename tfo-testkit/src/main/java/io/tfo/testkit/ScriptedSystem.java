package io.tfo.testkit;

import io.tfo.lab.simulation.CallScript;
import io.tfo.spi.FastOpenBackend;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * A system whose calls can be made to fail, with the error numbers of its own headers.
 *
 * @param backend creates a backend on a system that answers by a script
 * @param calls the calls that the backend makes, by the names of its methods
 * @param errors every error number that the system knows
 * @param pending accepts the errors that are not failures, but mean that the connect is under way
 * @param connect the errors for which the JDK throws {@link ConnectException}
 * @param route the errors for which the JDK throws {@link NoRouteToHostException}
 * @param bind the errors for which the JDK throws {@link BindException}
 * @param general the calls whose failure is not a connect's own; for them the JDK throws {@link
 *     SocketException}
 */
public record ScriptedSystem(
    Function<CallScript, FastOpenBackend> backend,
    List<String> calls,
    List<Integer> errors,
    Predicate<Integer> pending,
    List<Integer> connect,
    List<Integer> route,
    List<Integer> bind,
    List<String> general) {

  /**
   * A Linux, whose error numbers are those of {@code asm-generic/errno.h}.
   *
   * @param backend creates a backend on a Linux that answers by a script
   * @param calls the calls that the backend makes, by the names of its methods
   * @return the system
   */
  public static ScriptedSystem linux(
      Function<CallScript, FastOpenBackend> backend, List<String> calls) {
    return new ScriptedSystem(
        backend,
        calls,
        IntStream.rangeClosed(1, 133).boxed().toList(),
        errno -> errno == 115, // EINPROGRESS
        List.of(111, 110, 107), // ECONNREFUSED, ETIMEDOUT, ENOTCONN
        List.of(113), // EHOSTUNREACH
        List.of(98, 99, 13), // EADDRINUSE, EADDRNOTAVAIL, EACCES
        List.of());
  }

  /** Returns the class that the JDK throws for a connect's error (Net.c, net_util_md.c). */
  Class<? extends IOException> jdkException(String call, int error) {
    if (general.contains(call)) {
      return SocketException.class;
    }
    if (connect.contains(error)) {
      return ConnectException.class;
    }
    if (route.contains(error)) {
      return NoRouteToHostException.class;
    }
    return bind.contains(error) ? BindException.class : SocketException.class;
  }
}
