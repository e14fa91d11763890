package io.tfo.cli;

import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import io.tfo.FastOpenBackends.Installed;
import io.tfo.FastOpenCapability;
import io.tfo.spi.FastOpenBackend;
import java.util.List;

/** The report of a machine with two backends that do not exist, the first of which is chosen. */
final class FakeReport {
  static final FastOpenCapability ON = FastOpenCapability.available("fake: on");
  static final FastOpenCapability OFF = FastOpenCapability.disabled("fake: off", "switch it on");
  static final FastOpenCapability NOT_KNOWN =
      FastOpenCapability.available("fake cannot be read here; not known: it cannot be tried");
  static final FastOpenCapability FOREIGN = FastOpenCapability.unsupported("fake: foreign");

  private FakeReport() {}

  static InstalledReport of(FastOpenCapability client, FastOpenCapability server) {
    return new InstalledReport(
        List.of(
            new Installed(backend("chosen", 7), true, true, client, server),
            new Installed(backend("other", 3), false, false, FOREIGN, FOREIGN)),
        List.of("chosen", "other"),
        List.of("a broken provider"),
        client,
        server);
  }

  private static FastOpenBackend backend(String name, int priority) {
    FastOpenBackend backend = mock(FastOpenBackend.class);
    when(backend.name()).thenReturn(name);
    when(backend.priority()).thenReturn(priority);
    return backend;
  }
}
