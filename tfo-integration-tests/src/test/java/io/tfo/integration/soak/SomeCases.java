package io.tfo.integration.soak;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.TestInfo;

/** Of many cases of a test, some in each build, and all in the soak, where a subclass runs it. */
public final class SomeCases {
  private SomeCases() {}

  /** Whether the class is one of the soak's. */
  public static boolean areAll(TestInfo test) {
    return test.getTestClass().orElseThrow().getSimpleName().endsWith("SoakTest");
  }

  /**
   * Returns the first case, and another one that differs from test to test; in the soak all.
   *
   * @param all two cases or more, the first the most usual one
   * @param turn differs between the uses of one test
   */
  public static <T> Stream<T> of(List<T> all, TestInfo test, int turn) {
    int hash = test.getTestMethod().orElseThrow().getName().hashCode();
    int other = 1 + Math.floorMod(hash + turn, all.size() - 1);
    return areAll(test) ? all.stream() : Stream.of(all.get(0), all.get(other));
  }
}
