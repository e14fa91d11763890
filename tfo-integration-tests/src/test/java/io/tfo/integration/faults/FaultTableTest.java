package io.tfo.integration.faults;

import io.tfo.integration.backends.BackendsUnderTest;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Runs some cases of the table in docs/faults.md; {@link FaultTableSoakTest} runs all. Under every
 * condition a connect delivers its data, and ends as a plain connect does. It takes at most one
 * timeout of the first SYN longer, and reports its true outcome.
 */
class FaultTableTest {
  private static final FaultTable TABLE = new FaultTable();

  @AfterAll
  static void end() {
    TABLE.close();
  }

  /** Every row once, each with another backend and another version of IP than the one before. */
  @TestFactory
  Stream<DynamicTest> aConnectIsNoWorseThanAPlainOneUnder() {
    List<String> backends = List.copyOf(BackendsUnderTest.ALL.keySet());
    List<FaultCase> some =
        Stream.iterate(0, i -> i < FaultRows.ALL.size(), i -> i + 1)
            .map(
                i -> {
                  FaultRow row = FaultRows.ALL.get(i);
                  boolean ipv6 = row.ipv6() && i % 2 == 0;
                  return FaultCase.of(row, backends.get(i % backends.size()), ipv6);
                })
            .toList();
    return TABLE.tests(some, FaultTableFile::check);
  }
}
