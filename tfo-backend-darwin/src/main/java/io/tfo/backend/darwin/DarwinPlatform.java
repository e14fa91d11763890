package io.tfo.backend.darwin;

import org.jspecify.annotations.Nullable;

/** Tells whether a system is macOS. Constants and layouts are the same on arm64 and x86_64. */
final class DarwinPlatform {
  private DarwinPlatform() {}

  /** Returns why this backend does not work there, or null if it may. */
  static @Nullable String foreign(String os) {
    return os.equals("Mac OS X") ? null : "works on macOS; this is " + os;
  }
}
