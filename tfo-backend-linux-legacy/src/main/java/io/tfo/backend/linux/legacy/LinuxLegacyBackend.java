package io.tfo.backend.linux.legacy;

import io.tfo.jna.JnaBackend;
import io.tfo.jna.linux.LinuxSockets;
import io.tfo.jna.linux.LinuxTcp;

/**
 * The provider of {@code linux-legacy}. It comes before {@code linux-connect}: one system call
 * sends the SYN, where that one makes three and has to switch a blocking descriptor's mode twice.
 */
public final class LinuxLegacyBackend extends JnaBackend {
  /** Loads nothing yet. */
  public LinuxLegacyBackend() {
    super(
        "linux-legacy",
        200,
        LinuxTcp.foreign(),
        () -> new LinuxLegacyTcp(LinuxSockets.libc(), System.getProperty("os.version", "")));
  }
}
