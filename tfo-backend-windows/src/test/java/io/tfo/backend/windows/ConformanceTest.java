package io.tfo.backend.windows;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.spi.FastOpenBackend;
import io.tfo.testkit.ConformanceTests;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Runs the suite on a simulated Winsock, which carries the calls out on Linux. */
@EnabledOnOs(OS.LINUX)
class ConformanceTest extends ConformanceTests {
  private static final SimulatedWindows WINDOWS = SimulatedWindows.with(Deviation.NONE);

  @Override
  protected List<FastOpenBackend> backends() {
    return List.of(WINDOWS.backend());
  }

  /** Checks that ConnectEx connected, and that no memory was used while Windows owned it. */
  @AfterAll
  static void winsockWasUsedAsItMustBe() {
    assertThat(WINDOWS.winsock().violations().list()).isEmpty();
    assertThat(WINDOWS.winsock().updated()).isGreaterThan(500);
  }
}
