package io.tfo.backend.windows;

import io.tfo.testkit.sim.Script;
import io.tfo.testkit.sim.windows.Deviation;
import io.tfo.testkit.sim.windows.SimulatedWinsock;

/** The Windows backend on a simulated Winsock. */
public record SimulatedWindows(SimulatedWinsock winsock, WindowsBackend backend) {
  /** The backend as it is, on a Winsock that deviates so. */
  public static SimulatedWindows with(Deviation deviation) {
    return by(new Script(), new SimulatedWinsock(deviation));
  }

  /** The backend as it is, on that Winsock, of which a script overrules a call. */
  public static SimulatedWindows by(Script script, SimulatedWinsock winsock) {
    WindowsSockets sockets =
        script.over(WindowsSockets.class, new SimulatedWindowsSockets(winsock));
    return new SimulatedWindows(
        winsock,
        new WindowsBackend(
            "windows (simulated Winsock on Linux)",
            null,
            () -> new WindowsTcp(sockets, "Windows (simulated)", Long.BYTES)));
  }
}
