package io.tfo.backend.bsd;

import io.tfo.spi.FastOpenBackend;
import io.tfo.testkit.BackendSimulation;

/** Offers this backend on its simulated system. */
public final class Simulation implements BackendSimulation {
  @Override
  public FastOpenBackend create() {
    return SimulatedFreeBsd.backend(SimulatedFreeBsd.Deviation.PATHS_STAY);
  }
}
