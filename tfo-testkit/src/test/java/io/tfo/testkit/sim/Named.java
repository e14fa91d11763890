package io.tfo.testkit.sim;

import io.tfo.FastOpenConnector;
import io.tfo.FastOpenListener;
import io.tfo.spi.FastOpenBackend;

/** A backend under a name that says what it was run on. */
record Named(String name, FastOpenBackend backend) implements FastOpenBackend {
  @Override
  public int priority() {
    return backend.priority();
  }

  @Override
  public FastOpenConnector connector() {
    return backend.connector();
  }

  @Override
  public FastOpenListener listener() {
    return backend.listener();
  }
}
