package io.tfo.integration.calls;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.spi.FastOpenBackend;
import io.tfo.testkit.Conformance;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Any call answers as the JDK's own channel: see {@link RandomCalls}. */
@Timeout(120)
class RandomCallsTest {
  /** {@code -Dio.tfo.calls.seed}: the seed of a run that failed, to see it again. */
  private static final long SEED =
      Long.getLong("io.tfo.calls.seed", ThreadLocalRandom.current().nextInt());

  private static final int CALLS = 2_000;

  static List<FastOpenBackend> backends() {
    return Conformance.backends();
  }

  @ParameterizedTest
  @MethodSource("backends")
  void anyCallAnswersAsTheJdk(FastOpenBackend backend) throws Exception {
    anyCallAnswersAsTheJdk(backend, CALLS);
  }

  static void anyCallAnswersAsTheJdk(FastOpenBackend backend, int calls) throws Exception {
    System.out.printf("%s: %d calls with -Dio.tfo.calls.seed=%d%n", backend.name(), calls, SEED);
    try (RandomCalls random = new RandomCalls(backend, SEED)) {
      for (int i = 0; i < calls; i++) {
        random.call();
      }
      assertThat(random.differences().stream().distinct()).as("seed %d", SEED).isEmpty();
    }
  }
}
