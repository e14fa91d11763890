package io.tfo.integration.faults;

import io.tfo.integration.backends.BackendsUnderTest;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Every case of the table in docs/faults.md; with {@code -Dio.tfo.faults=write} the table is
 * written.
 */
class FaultTableSoakTest {
  private static final boolean WRITES = "write".equals(System.getProperty("io.tfo.faults"));
  private static final FaultTable TABLE = new FaultTable();
  private static List<FaultCase> cases = List.of();

  @AfterAll
  static void end() throws Exception {
    TABLE.close();
    if (WRITES && TABLE.reports().size() == cases.size()) {
      FaultTableFile.write(TABLE.reports());
    }
  }

  @TestFactory
  Stream<DynamicTest> aConnectIsNoWorseThanAPlainOneUnder() {
    cases =
        FaultRows.ALL.stream()
            .flatMap(
                row ->
                    BackendsUnderTest.ALL.keySet().stream()
                        .flatMap(
                            backend ->
                                Stream.of(false, true)
                                    .filter(ipv6 -> row.ipv6() || !ipv6)
                                    .map(ipv6 -> FaultCase.of(row, backend, ipv6))))
            .toList();
    return TABLE.tests(cases, WRITES ? seen -> {} : FaultTableFile::check);
  }
}
