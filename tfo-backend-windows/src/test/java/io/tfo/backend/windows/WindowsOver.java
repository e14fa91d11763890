package io.tfo.backend.windows;

import io.tfo.jna.JnaBackend;
import io.tfo.jna.NativeTcp;
import java.util.Optional;

/** The backend over a given Winsock, on any system. */
final class WindowsOver extends JnaBackend {
  private final WindowsTcp tcp;

  /**
   * Creates it.
   *
   * @param version the name of this Windows, for messages
   * @param pointerSize {@code sizeof(void*)}
   */
  WindowsOver(String name, WindowsSocketApi sockets, String version, int pointerSize) {
    super(name, 100, null);
    this.tcp = new WindowsTcp(sockets, version, pointerSize);
  }

  @Override
  protected NativeTcp load() {
    return tcp;
  }

  @Override
  public Optional<String> plainWhenNonBlocking() {
    return new WindowsBackend().plainWhenNonBlocking();
  }
}
