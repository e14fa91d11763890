package io.tfo.backend.darwin;

import io.tfo.spi.FastOpenBackend;
import io.tfo.testkit.ConformanceTests;
import java.util.List;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/**
 * Runs the suite on a simulated macOS, which carries the calls out on Linux. The heuristics are
 * off, as on the Macs of the workflow: the rules that are refused would switch Fast Open off for
 * all.
 */
@EnabledOnOs(OS.LINUX)
class ConformanceTest extends ConformanceTests {
  @Override
  protected List<FastOpenBackend> backends() {
    return List.of(SimulatedDarwin.backend(SimulatedDarwin.Deviation.HEURISTICS_OFF));
  }
}
