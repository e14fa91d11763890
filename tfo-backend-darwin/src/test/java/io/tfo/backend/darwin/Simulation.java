package io.tfo.backend.darwin;

import io.tfo.spi.FastOpenBackend;
import io.tfo.testkit.BackendSimulation;

/** Offers this backend on its simulated system. */
public final class Simulation implements BackendSimulation {
  @Override
  public FastOpenBackend create() {
    return SimulatedDarwin.backend(SimulatedDarwin.Deviation.HEURISTICS_OFF);
  }
}
