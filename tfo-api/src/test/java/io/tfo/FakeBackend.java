package io.tfo;

import io.tfo.spi.FastOpenBackend;

/** A backend that does nothing but say what it is. */
record FakeBackend(
    String name, int priority, FastOpenConnector connector, FastOpenListener listener)
    implements FastOpenBackend {
  static FakeBackend of(String name, int priority, FastOpenCapability both) {
    return of(name, priority, both, both);
  }

  static FakeBackend of(
      String name, int priority, FastOpenCapability client, FastOpenCapability server) {
    return new FakeBackend(name, priority, new PlainConnector(client), new PlainListener(server));
  }
}
