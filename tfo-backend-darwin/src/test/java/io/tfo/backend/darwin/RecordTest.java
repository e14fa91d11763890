package io.tfo.backend.darwin;

import io.tfo.spi.FastOpenBackend;
import io.tfo.testkit.RecordTests;

class RecordTest extends RecordTests<DarwinSockets> {
  RecordTest() {
    super("macos", DarwinSockets.class);
  }

  @Override
  protected DarwinSockets simulated() {
    return new SimulatedDarwin(SimulatedDarwin.Deviation.HEURISTICS_OFF);
  }

  @Override
  protected DarwinSockets real() {
    return new Libc();
  }

  @Override
  protected FastOpenBackend backend(DarwinSockets system) {
    return new DarwinBackend("darwin", null, () -> new DarwinTcp(system));
  }

  @Override
  protected boolean isHere() {
    return System.getProperty("os.name").startsWith("Mac");
  }
}
