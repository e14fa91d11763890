package io.tfo.backend.bsd;

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

  @Override
  protected FastOpenBackend backend(BsdSocketApi system) {
    return new BsdBackend("bsd", null, () -> new BsdTcp(system));
  }

  @Override
  protected boolean isHere() {
    return System.getProperty("os.name").equals("FreeBSD");
  }
}
