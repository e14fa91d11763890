package io.tfo.integration.stress;

import static io.tfo.test.ChildJvm.FIRST_COMPILER;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Connections under load, for seconds; {@link LoadSoakTest} runs the same for minutes, as the
 * second compiler compiles it.
 */
@EnabledOnOs(OS.LINUX)
class LoadTest {
  /** Ends a run that hangs. The work itself takes a busy machine more than a minute. */
  private static final Duration MOST = Duration.ofMinutes(5);

  @ParameterizedTest
  @ValueSource(strings = {"linux-legacy", "linux-connect"})
  void thousandsOfConnectsLeaveNothingBehind(String backend) throws Exception {
    connect(backend, 2_000, 64, "G1", FIRST_COMPILER, MOST);
  }

  @Test
  void survivesCollectionsContentionAndSignals() throws Exception {
    connect(
        "linux-legacy",
        1_200,
        16,
        "Z",
        FIRST_COMPILER,
        MOST,
        "collections",
        "computation",
        "signals");
  }

  @Test
  @EnabledForJreRange(min = JRE.JAVA_21)
  void virtualThreadsConnectAtOnceAndPinNoCarrier() throws Exception {
    connectVirtually("linux-legacy", 1_000, FIRST_COMPILER, MOST);
  }

  @ParameterizedTest
  @ValueSource(strings = {"linux-legacy", "linux-connect"})
  void whatDisturbsAConnectEndsItAsTheJdkWould(String backend) throws Exception {
    disturb(backend, 1_000, FIRST_COMPILER, MOST);
  }

  static void connect(
      String backend,
      int connections,
      int threads,
      String collector,
      String compilers,
      Duration most,
      String... noise)
      throws Exception {
    List<Object> arguments = new ArrayList<>(List.of(backend, connections, threads, 96 * 1024));
    arguments.addAll(List.of(noise));
    StressJvm.run(
        Load.class,
        most,
        List.of(
            compilers,
            "-Xms192m",
            "-Xmx192m",
            "-XX:+AlwaysPreTouch",
            "-XX:+Use" + collector + "GC"),
        arguments.toArray());
  }

  static void connectVirtually(String backend, int threads, String compilers, Duration most)
      throws Exception {
    StressJvm.run(
        VirtualLoad.class,
        most,
        List.of(compilers, "-Xms512m", "-Xmx512m", "-XX:+AlwaysPreTouch"),
        backend,
        threads,
        96 * 1024);
  }

  static void disturb(String backend, int connects, String compilers, Duration most)
      throws Exception {
    int seed = Integer.getInteger("io.tfo.seed", ThreadLocalRandom.current().nextInt());
    // A connect that runs out of time is taken for a lost SYN: the next ones would be plain.
    StressJvm.run(
        Chaos.class,
        most,
        List.of(compilers, "-Xmx128m", "-Dio.tfo.backoff=false"),
        backend,
        connects,
        seed);
  }
}
