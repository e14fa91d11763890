package io.tfo.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import java.util.List;
import org.junit.jupiter.api.Test;

class SystemCallsTest {
  @Test
  void countsEachCallOfAConnectionWithAndWithoutErrors() {
    List<String> counts =
        List.of(
            "% time     seconds  usecs/call     calls    errors syscall",
            "------ ----------- ----------- --------- --------- ----------------",
            " 60.00    0.060000          60      1000           connect",
            " 39.99    0.040000          20      2000       990 read",
            "  0.01    0.000010          10         1           mmap",
            "------ ----------- ----------- --------- --------- ----------------",
            "100.00    0.100010          33      3001       990 total");

    assertThat(SystemCalls.parse(counts, 1000))
        .containsExactly(entry("connect", 1.0), entry("read", 2.0));
  }
}
