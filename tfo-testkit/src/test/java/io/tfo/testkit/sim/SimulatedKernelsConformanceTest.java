package io.tfo.testkit.sim;

import io.tfo.backend.bsd.SimulatedBsd;
import io.tfo.backend.darwin.SimulatedDarwin;
import io.tfo.spi.FastOpenBackend;
import io.tfo.testkit.ConformanceTests;
import java.util.List;

/** The suite against the backends of other systems, each on its simulated kernel. */
class SimulatedKernelsConformanceTest extends ConformanceTests {
  @Override
  protected List<FastOpenBackend> backends() {
    return List.of(
        new Named("bsd (simulated FreeBSD on Linux)", SimulatedBsd.on(new FreeBsdKernel())),
        new Named("darwin (simulated macOS on Linux)", SimulatedDarwin.on(new DarwinKernel())));
  }
}
