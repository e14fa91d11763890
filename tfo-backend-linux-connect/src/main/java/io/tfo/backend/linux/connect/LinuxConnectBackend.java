package io.tfo.backend.linux.connect;

import io.tfo.jna.JnaBackend;
import io.tfo.jna.NativeTcp;
import io.tfo.linux.LinuxSocketApi;
import io.tfo.linux.LinuxTcp;

/** The provider of {@code linux-connect}. */
public final class LinuxConnectBackend extends JnaBackend {
  /** Creates the provider; loads nothing. */
  public LinuxConnectBackend() {
    super("linux-connect", 100, LinuxTcp.foreign());
  }

  @Override
  protected NativeTcp load() {
    return new LinuxConnectTcp(LinuxSocketApi.libc(), System.getProperty("os.version", ""));
  }
}
