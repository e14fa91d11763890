package io.tfo.testkit;

import io.tfo.lab.simulation.Script;
import io.tfo.spi.FastOpenBackend;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * A system whose calls fail by a script, with the error numbers of its own headers.
 *
 * @param backend makes a fresh backend whose system answers by a script
 * @param calls the calls that the backend makes, by the names of its methods
 * @param errors every error number that the system knows
 * @param pending the errors that are no failures: they say that the connect is under way
 * @param connect the errors for which the JDK throws {@link ConnectException}
 * @param route the errors for which the JDK throws {@link NoRouteToHostException}
 * @param bind the errors for which the JDK throws {@link BindException}
 * @param general the calls whose failure is no connect's: the JDK's {@link SocketException}
 */
public record ScriptedSystem(
    Function<Script, FastOpenBackend> backend,
    List<String> calls,
    List<Integer> errors,
    Predicate<Integer> pending,
    List<Integer> connect,
    List<Integer> route,
    List<Integer> bind,
    List<String> general) {

  /** What the JDK throws for an error of a connect: {@code Net.c}, {@code net_util_md.c}. */
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
