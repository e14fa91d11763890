package io.tfo.integration.calls;

import io.tfo.spi.FastOpenBackend;
import io.tfo.testkit.Conformance;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@link RandomCallsTest} for longer. */
class RandomCallsSoakTest {
  static List<FastOpenBackend> backends() {
    return Conformance.backends();
  }

  @ParameterizedTest
  @MethodSource("backends")
  void anyCallAnswersAsTheJdk(FastOpenBackend backend) throws Exception {
    RandomCallsTest.anyCallAnswersAsTheJdk(backend, 60_000);
  }
}
