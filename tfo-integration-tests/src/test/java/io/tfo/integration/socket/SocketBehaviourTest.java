package io.tfo.integration.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.integration.backends.BackendsUnderTest;
import io.tfo.integration.soak.SomeCases;
import io.tfo.lab.Lab;
import io.tfo.lab.test.Labs;
import io.tfo.socket.FastOpenServerSocketFactory;
import io.tfo.socket.FastOpenSocketFactory;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import javax.net.ServerSocketFactory;
import javax.net.SocketFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Compares {@link Socket}s, state by state and call by call. A plain socket and one of the
 * factories do the same, or throw the same exception, in a network namespace where TCP Fast Open is
 * on or off.
 */
@Timeout(120)
class SocketBehaviourTest {
  private static final Map<String, String> PLAIN = new ConcurrentHashMap<>();

  /** The sockets of one side of a pair. */
  private record Sockets(
      SocketFactory clients, ServerSocketFactory servers, boolean serverSide, boolean known) {
    String outcome(SocketState state, SocketCall call) throws Exception {
      try (SocketPair pair = SocketPair.in(state, clients, servers, serverSide, known)) {
        return call.on(pair.subject(), pair);
      }
    }

    Sockets plain() {
      return new Sockets(
          SocketFactory.getDefault(), ServerSocketFactory.getDefault(), serverSide, false);
    }
  }

  /** In the soak also with each other value of {@code tcp_fastopen}. */
  @ParameterizedTest
  @MethodSource("settings")
  void clientsBehaveAsPlainOnes(String fastOpen, boolean known) throws Exception {
    compare(
        fastOpen,
        new Sockets(
            FastOpenSocketFactory.system(),
            FastOpenServerSocketFactory.system(),
            /* serverSide= */ false,
            known));
  }

  static Stream<Arguments> settings(TestInfo test) {
    return Stream.of(
            Arguments.of("3", true),
            Arguments.of("3", false),
            Arguments.of("0", true),
            Arguments.of("1", true),
            Arguments.of("2", true))
        .limit(SomeCases.isSoak(test) ? 5 : 3);
  }

  /**
   * Where the system defers no connects, with two of the backends that do it in its place; in the
   * soak with each of them, also where TCP Fast Open is off, and where the server is not known.
   */
  @ParameterizedTest
  @MethodSource("emulated")
  void clientsBehaveAsPlainOnesWithEachBackend(String backend, String fastOpen, boolean known)
      throws Exception {
    compare(
        fastOpen,
        new Sockets(
            FastOpenSocketFactory.over(BackendsUnderTest.ALL.get(backend).get().connector()),
            ServerSocketFactory.getDefault(),
            /* serverSide= */ false,
            known));
  }

  static Stream<Arguments> emulated(TestInfo test) {
    return SomeCases.of(EmulatedDeferralTest.backends().toList(), test, 0)
        .flatMap(
            backend ->
                Stream.of(
                        Arguments.of(backend, "3", true),
                        Arguments.of(backend, "3", false),
                        Arguments.of(backend, "0", true))
                    .limit(SomeCases.isSoak(test) ? 3 : 1));
  }

  @Test
  void acceptedSocketsBehaveAsPlainOnes() throws Exception {
    compare(
        "3",
        new Sockets(
            SocketFactory.getDefault(),
            FastOpenServerSocketFactory.system(),
            /* serverSide= */ true,
            /* known= */ false));
  }

  private static void compare(String fastOpen, Sockets ours) throws Exception {
    try (Lab lab = Labs.unrecorded()) {
      lab.client().sysctl("net.ipv4.tcp_fastopen", fastOpen);
      List<String> differences = new ArrayList<>();
      int compared = 0;
      for (Future<List<String>> state : compareStates(lab, ours)) {
        differences.addAll(state.get());
        compared += SocketCall.values().length;
      }
      assertThat(differences).isEmpty();
      assertThat(compared).isGreaterThan(500);
    }
  }

  /** Compares the states on a few threads, since most of each case is a wait for another thread. */
  private static List<Future<List<String>>> compareStates(Lab lab, Sockets ours) throws Exception {
    List<Callable<List<String>>> states =
        Stream.of(SocketState.values())
            .filter(state -> !ours.serverSide() || (state.hasPeer() && !state.isBoundBefore()))
            .map(state -> (Callable<List<String>>) () -> differences(state, ours))
            .toList();
    ExecutorService threads = Executors.newFixedThreadPool(4, lab.client().threads());
    try {
      return threads.invokeAll(states);
    } finally {
      threads.shutdownNow();
    }
  }

  private static List<String> differences(SocketState state, Sockets ours) throws Exception {
    List<String> differences = new ArrayList<>();
    for (SocketCall call : SocketCall.values()) {
      String plain = plain(state, call, ours);
      String outcome = ours.outcome(state, call);
      if (!outcome.equals(plain)) {
        differences.add("%s, %s: plain %s; ours %s".formatted(state, call, plain, outcome));
      }
    }
    return differences;
  }

  private static String plain(SocketState state, SocketCall call, Sockets ours) throws Exception {
    String key = state + " " + call + ours.serverSide();
    String known = PLAIN.get(key);
    if (known == null) {
      known = ours.plain().outcome(state, call);
      PLAIN.put(key, known);
    }
    return known;
  }
}
