package io.tfo.integration.calls;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.spi.FastOpenBackend;
import io.tfo.testkit.Conformance;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Compares random calls with the JDK's: see {@link RandomCalls}. */
@Timeout(120)
class RandomCallsTest {
  /** The seed of a run that failed, to repeat it. */
  private static final String SEED_PROPERTY = "io.tfo.calls.seed";

  private static final long SEED =
      Long.getLong(SEED_PROPERTY, ThreadLocalRandom.current().nextInt());

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
    List<String> differences;
    try (RandomCalls random = new RandomCalls(backend, SEED)) {
      for (int i = 0; i < calls; i++) {
        random.call();
      }
      differences = random.differences().stream().distinct().toList();
    } catch (Exception | AssertionError e) {
      throw new AssertionError("failed with -D" + SEED_PROPERTY + "=" + SEED, e);
    }
    assertThat(differences)
        .as("calls with -D%s=%d that differ from the JDK's", SEED_PROPERTY, SEED)
        .isEmpty();
  }
}
