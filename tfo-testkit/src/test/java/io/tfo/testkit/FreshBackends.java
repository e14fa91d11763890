package io.tfo.testkit;

import io.tfo.backend.bsd.SimulatedBsd;
import io.tfo.backend.darwin.SimulatedDarwin;
import io.tfo.backend.linux.connect.LinuxConnectBackend;
import io.tfo.backend.linux.legacy.LinuxLegacyBackend;
import io.tfo.backend.windows.SimulatedWindows;
import io.tfo.spi.FastOpenBackend;
import io.tfo.testkit.sim.DarwinKernel;
import io.tfo.testkit.sim.FreeBsdKernel;
import io.tfo.testkit.sim.windows.Deviation;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/** Every backend, new each time, so that it knows nothing of any network yet. */
final class FreshBackends {
  /** By name, in the order of the tables: first those on the real kernel, then the simulated. */
  static final Map<String, Supplier<FastOpenBackend>> ALL = new LinkedHashMap<>();

  static {
    ALL.put("linux-legacy", LinuxLegacyBackend::new);
    ALL.put("linux-connect", LinuxConnectBackend::new);
    ALL.put("bsd", () -> SimulatedBsd.on(new FreeBsdKernel()));
    ALL.put("darwin", () -> SimulatedDarwin.on(new DarwinKernel()));
    ALL.put("windows", () -> SimulatedWindows.with(Deviation.NONE).backend());
  }

  private FreshBackends() {}
}
