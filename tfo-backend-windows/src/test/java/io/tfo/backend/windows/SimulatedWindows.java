package io.tfo.backend.windows;

import io.tfo.jna.FreshBackend;
import io.tfo.lab.simulation.CallScript;

/**
 * The Windows backend on a simulated Winsock.
 *
 * @param winsock the Winsock
 * @param backend the backend
 */
record SimulatedWindows(SimulatedWinsock winsock, FreshBackend backend) {
  /** Creates the backend on a Winsock with this deviation. */
  static SimulatedWindows with(Deviation deviation) {
    return by(new CallScript(), new SimulatedWinsock(deviation));
  }

  /** Creates the backend on a Winsock, with the answers to its calls overruled by a script. */
  static SimulatedWindows by(CallScript script, SimulatedWinsock winsock) {
    WindowsSocketApi sockets = script.over(WindowsSocketApi.class, winsock);
    return new SimulatedWindows(
        winsock,
        new FreshBackend(
            new WindowsOver(
                "windows (simulated Winsock on Linux)",
                sockets,
                "Windows (simulated)",
                Long.BYTES)));
  }
}
