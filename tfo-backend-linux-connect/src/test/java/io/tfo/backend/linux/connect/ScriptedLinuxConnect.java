package io.tfo.backend.linux.connect;

import io.tfo.jna.JnaBackend;
import io.tfo.jna.linux.LinuxSockets;
import io.tfo.lab.simulation.Script;
import io.tfo.spi.FastOpenBackend;

/** The backend as it is, on a kernel that answers by a script. */
public final class ScriptedLinuxConnect {
  private ScriptedLinuxConnect() {}

  public static FastOpenBackend by(Script script) {
    LinuxSockets sockets = script.over(LinuxSockets.class, LinuxSockets.libc());
    return new JnaBackend(
        "linux-connect",
        1,
        null,
        () -> new LinuxConnectTcp(sockets, System.getProperty("os.version"))) {};
  }
}
