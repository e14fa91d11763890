package io.tfo.integration.soak;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.TestInfo;

/** A build runs some of a test's many cases. The soak, where a subclass runs it, has them all. */
public final class SomeCases {
  private SomeCases() {}

  /** Whether the class is one of the soak's. */
  public static boolean isSoak(TestInfo test) {
    return test.getTestClass().orElseThrow().getSimpleName().endsWith("SoakTest");
  }

  /**
   * Returns the first case, and another one that differs from test to test; in the soak all.
   *
   * @param all two cases or more, the first the most usual one
   * @param turn another case for each
   */
  public static <T> Stream<T> of(List<T> all, TestInfo test, int turn) {
    int hash = test.getTestMethod().orElseThrow().getName().hashCode();
    int other = 1 + Math.floorMod(hash + turn, all.size() - 1);
    return isSoak(test) ? all.stream() : Stream.of(all.get(0), all.get(other));
  }
}
