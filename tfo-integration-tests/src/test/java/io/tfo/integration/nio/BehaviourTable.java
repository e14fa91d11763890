package io.tfo.integration.nio;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.integration.backends.BackendsUnderTest;
import io.tfo.spi.FastOpenBackend;
import java.util.ArrayList;
import java.util.List;

/** Compares the JDK's channels with ours, state by state and call by call. */
final class BehaviourTable {
  /** Client and server, and every listener accepts: 0x1, 0x2 and 0x400. */
  static final String ON = "1027";

  private BehaviourTable() {}

  /** A call in a state, whose observable results are returned as text. */
  interface Outcome<S, C> {
    String of(S state, C call) throws Exception;
  }

  /** Returns the differences, each as "state, call: plain ...; ours ...". */
  static <S, C> List<String> differences(
      S[] states, C[] calls, Outcome<S, C> plain, Outcome<S, C> ours) throws Exception {
    List<String> differences = new ArrayList<>();
    for (S state : states) {
      for (C call : calls) {
        String expected = plain.of(state, call);
        String outcome = ours.of(state, call);
        if (!outcome.equals(expected)) {
          differences.add("%s, %s: plain %s; ours %s".formatted(state, call, expected, outcome));
        }
      }
    }
    assertThat(states.length * calls.length).isGreaterThan(500);
    return differences;
  }

  /** A new backend of the kernel's own deferral, which has learned nothing. */
  static FastOpenBackend linuxConnect() {
    return BackendsUnderTest.ALL.get("linux-connect").get();
  }
}
