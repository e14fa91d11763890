package io.tfo;

import io.tfo.spi.FastOpenBackend;

/** A backend with given capabilities, which connects and binds plainly. */
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
