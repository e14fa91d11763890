package io.tfo.backend.darwin;

import io.tfo.jna.JnaBackend;
import io.tfo.jna.NativeTcp;
import org.jspecify.annotations.Nullable;

/** The provider of {@code darwin}. Constants and layouts are the same on arm64 and x86_64. */
public final class DarwinBackend extends JnaBackend {
  /** Creates the provider; loads nothing. */
  public DarwinBackend() {
    super("darwin", 100, foreign(System.getProperty("os.name", "")));
  }

  /** Returns why this backend does not work there, or null if it may. */
  static @Nullable String foreign(String os) {
    return os.equals("Mac OS X") ? null : "works on macOS; this is " + os;
  }

  @Override
  protected NativeTcp load() {
    return DarwinTcp.load();
  }
}
