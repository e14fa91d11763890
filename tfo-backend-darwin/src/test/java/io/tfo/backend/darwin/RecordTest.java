package io.tfo.backend.darwin;

import io.tfo.jna.ClockedBackend;
import io.tfo.jna.FreshBackend;
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

  /** How long a busy machine takes for a simulated connect says nothing about its SYN. */
  @Override
  protected FastOpenBackend backend(DarwinSocketApi system) {
    FastOpenBackend backend = new FreshBackend("darwin", () -> new DarwinTcp(system));
    return isHere() ? backend : ClockedBackend.stopped(backend);
  }

  @Override
  protected boolean isHere() {
    return System.getProperty("os.name").startsWith("Mac");
  }
}
