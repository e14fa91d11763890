package io.tfo.backend.linux.legacy;

import io.tfo.jna.JnaBackend;
import io.tfo.jna.linux.LinuxSockets;
import io.tfo.lab.simulation.Script;
import io.tfo.spi.FastOpenBackend;

/** The backend as it is, on a kernel that answers by a script. */
public final class ScriptedLinuxLegacy {
  private ScriptedLinuxLegacy() {}

  public static FastOpenBackend by(Script script) {
    LinuxSockets sockets = script.over(LinuxSockets.class, LinuxSockets.libc());
    return new JnaBackend(
        "linux-legacy",
        1,
        null,
        () -> new LinuxLegacyTcp(sockets, System.getProperty("os.version"))) {};
  }
}
