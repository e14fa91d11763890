package io.tfo.backend.linux.legacy;

import io.tfo.jna.JnaBackend;
import io.tfo.jna.NativeTcp;
import io.tfo.linux.LinuxSocketApi;
import io.tfo.linux.LinuxTcp;

/**
 * The provider of {@code linux-legacy}. It is preferred to {@code linux-connect}, because one
 * system call sends the SYN; {@code linux-connect} makes three, and changes the mode of a blocking
 * descriptor twice.
 */
public final class LinuxLegacyBackend extends JnaBackend {
  /** Creates the provider; loads nothing. */
  public LinuxLegacyBackend() {
    super("linux-legacy", 200, LinuxTcp.foreign());
  }

  @Override
  protected NativeTcp load() {
    return new LinuxLegacyTcp(LinuxSocketApi.libc(), System.getProperty("os.version", ""));
  }
}
