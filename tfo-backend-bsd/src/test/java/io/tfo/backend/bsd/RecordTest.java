package io.tfo.backend.bsd;

import io.tfo.jna.ClockedBackend;
import io.tfo.jna.FreshBackend;
import io.tfo.spi.FastOpenBackend;
import io.tfo.testkit.RecordTests;

class RecordTest extends RecordTests<BsdSocketApi> {
  RecordTest() {
    super("freebsd", BsdSocketApi.class);
  }

  @Override
  protected BsdSocketApi simulated() {
    return new SimulatedFreeBsd();
  }

  @Override
  protected BsdSocketApi real() {
    return new Libc();
  }

  /** How long a busy machine takes for a simulated connect says nothing about its SYN. */
  @Override
  protected FastOpenBackend backend(BsdSocketApi system) {
    FastOpenBackend backend = new FreshBackend("bsd", () -> new BsdTcp(system));
    return isHere() ? backend : ClockedBackend.stopped(backend);
  }

  @Override
  protected boolean isHere() {
    return System.getProperty("os.name").equals("FreeBSD");
  }
}
