package io.tfo.integration.stress;

import static io.tfo.test.ChildJvm.BOTH_COMPILERS;

import java.time.Duration;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Does what {@link LoadTest} does for longer: a million connects in all. */
@EnabledOnOs(OS.LINUX)
class LoadSoakTest {
  private static final Duration LONG = Duration.ofMinutes(10);

  @ParameterizedTest
  @ValueSource(strings = {"linux-legacy", "linux-connect"})
  void halfAMillionConnectsLeaveNothingBehind(String backend) throws Exception {
    LoadTest.connect(backend, 500_000, 64, "G1", BOTH_COMPILERS, LONG);
  }

  @ParameterizedTest
  @CsvSource({
    "G1, linux-legacy",
    "G1, linux-connect",
    "Z, linux-legacy",
    "Z, linux-connect",
    "Shenandoah, linux-legacy",
    "Shenandoah, linux-connect"
  })
  void survivesCollectionsContentionAndSignals(String collector, String backend) throws Exception {
    LoadTest.connect(
        backend,
        20_000,
        16,
        collector,
        BOTH_COMPILERS,
        LONG,
        "collections",
        "computation",
        "signals");
  }

  @ParameterizedTest
  @ValueSource(strings = {"linux-legacy", "linux-connect"})
  @EnabledForJreRange(min = JRE.JAVA_21)
  void tenThousandVirtualThreadsConnectAtOnceAndPinNoCarrier(String backend) throws Exception {
    LoadTest.connectVirtually(backend, 10_000, BOTH_COMPILERS, LONG);
  }

  @ParameterizedTest
  @ValueSource(strings = {"jdk", "linux-legacy", "linux-connect"})
  void whatDisturbsAConnectEndsItAsTheJdkWould(String backend) throws Exception {
    LoadTest.disturb(backend, 40_000, BOTH_COMPILERS, LONG);
  }
}
