package io.tfo.backend.bsd;

import io.tfo.spi.FastOpenBackend;
import io.tfo.testkit.ConformanceTests;
import java.util.List;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Runs the suite on a simulated FreeBSD, which carries the calls out on Linux. */
@EnabledOnOs(OS.LINUX)
class ConformanceTest extends ConformanceTests {
  @Override
  protected List<FastOpenBackend> backends() {
    return List.of(SimulatedFreeBsd.backend());
  }
}
