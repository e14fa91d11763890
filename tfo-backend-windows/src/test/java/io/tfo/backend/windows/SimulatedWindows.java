package io.tfo.backend.windows;

import io.tfo.lab.simulation.Script;

/** The Windows backend on a simulated Winsock. */
record SimulatedWindows(SimulatedWinsock winsock, WindowsBackend backend) {
  /** The backend as it is, on a Winsock that deviates so. */
  static SimulatedWindows with(Deviation deviation) {
    return by(new Script(), new SimulatedWinsock(deviation));
  }

  /** The backend as it is, on that Winsock, of which a script overrules a call. */
  static SimulatedWindows by(Script script, SimulatedWinsock winsock) {
    WindowsSockets sockets = script.over(WindowsSockets.class, winsock);
    return new SimulatedWindows(
        winsock,
        new WindowsBackend(
            "windows (simulated Winsock on Linux)",
            null,
            () -> new WindowsTcp(sockets, "Windows (simulated)", Long.BYTES)));
  }
}
