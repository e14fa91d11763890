package io.tfo.backend.bsd;

import io.tfo.lab.simulation.CallScript;
import io.tfo.spi.FastOpenBackend;
import io.tfo.testkit.ConformanceTests;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Runs the suite on each simulated FreeBSD, which carries the calls out on Linux. */
@EnabledOnOs(OS.LINUX)
class ConformanceTest extends ConformanceTests {
  @Override
  protected List<FastOpenBackend> backends() {
    return Arrays.stream(SimulatedFreeBsd.Version.values())
        .map(version -> SimulatedFreeBsd.backend(new CallScript(), version))
        .toList();
  }
}
