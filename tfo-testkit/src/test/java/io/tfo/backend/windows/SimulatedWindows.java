package io.tfo.backend.windows;

import io.tfo.testkit.sim.windows.Deviation;
import io.tfo.testkit.sim.windows.SimulatedWinsock;

/** The Windows backend on a simulated Winsock. */
public record SimulatedWindows(SimulatedWinsock winsock, WindowsBackend backend) {
  /** The backend as it is, on a Winsock that deviates so. */
  public static SimulatedWindows with(Deviation deviation) {
    SimulatedWinsock winsock = new SimulatedWinsock(deviation);
    return new SimulatedWindows(
        winsock,
        new WindowsBackend(
            "windows (simulated Winsock on Linux)",
            null,
            () ->
                new WindowsTcp(
                    new SimulatedWindowsSockets(winsock), "Windows (simulated)", Long.BYTES)));
  }
}
