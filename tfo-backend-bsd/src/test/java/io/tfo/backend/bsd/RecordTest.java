package io.tfo.backend.bsd;

import io.tfo.spi.FastOpenBackend;
import io.tfo.testkit.RecordTests;

class RecordTest extends RecordTests<BsdSockets> {
  RecordTest() {
    super("freebsd", BsdSockets.class);
  }

  @Override
  protected BsdSockets simulated() {
    return new SimulatedFreeBsd();
  }

  @Override
  protected BsdSockets real() {
    return new Libc();
  }

  @Override
  protected FastOpenBackend backend(BsdSockets system) {
    return new BsdBackend("bsd", null, () -> new BsdTcp(system));
  }

  @Override
  protected boolean isHere() {
    return System.getProperty("os.name").equals("FreeBSD");
  }
}
