package io.tfo.backend.darwin;

import io.tfo.spi.FastOpenBackend;
import io.tfo.testkit.RecordTests;

class RecordTest extends RecordTests<DarwinSocketApi> {
  RecordTest() {
    super("macos", DarwinSocketApi.class);
  }

  @Override
  protected DarwinSocketApi simulated() {
    return new SimulatedDarwin(SimulatedDarwin.Deviation.HEURISTICS_OFF);
  }

  @Override
  protected DarwinSocketApi real() {
    return new Libc();
  }

  @Override
  protected FastOpenBackend backend(DarwinSocketApi system) {
    return new DarwinBackend("darwin", null, () -> new DarwinTcp(system));
  }

  @Override
  protected boolean isHere() {
    return System.getProperty("os.name").startsWith("Mac");
  }
}
