package io.tfo.backend.windows;

import io.tfo.spi.FastOpenBackend;
import io.tfo.testkit.BackendSimulation;

/** Offers this backend on its simulated system. */
public final class Simulation implements BackendSimulation {
  @Override
  public FastOpenBackend create() {
    return SimulatedWindows.with(Deviation.NONE).backend();
  }
}
