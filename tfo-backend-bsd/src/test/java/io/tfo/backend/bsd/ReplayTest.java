package io.tfo.backend.bsd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tfo.backend.bsd.SimulatedFreeBsd.Version;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The simulated FreeBSD answers every call of the records as the real kernels have. */
@EnabledOnOs(OS.LINUX)
@Execution(ExecutionMode.CONCURRENT)
class ReplayTest {
  @TestFactory
  Stream<DynamicContainer> theSimulatedKernelAnswersAsTheRealOne() {
    return Arrays.stream(Version.values()).map(ReplayTest::of);
  }

  private static DynamicContainer of(Version version) {
    try {
      return DynamicContainer.dynamicContainer(
          "FreeBSD " + version,
          Record.of(version).sections().stream()
              .map(
                  section ->
                      DynamicTest.dynamicTest(section.name(), () -> replay(version, section))));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void replay(Version version, Record.Section section) throws Exception {
    List<String> lines = new ArrayList<>();
    try (Replay replay = new Replay(version)) {
      for (String line : section.lines()) {
        lines.add(replay.replay(line));
      }
      assumeTrue(
          !replay.cookieStayed() || lines.equals(section.lines()),
          "this user may not forget the cookies of Linux, which the section needs");
    }
    assertThat(lines).isEqualTo(section.lines());
  }
}
