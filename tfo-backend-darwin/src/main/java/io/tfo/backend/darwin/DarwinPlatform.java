package io.tfo.backend.darwin;

import org.jspecify.annotations.Nullable;

/** Whether a system is macOS. Its numbers and layouts are the same on arm64 and x86_64. */
final class DarwinPlatform {
  private DarwinPlatform() {}

  static @Nullable String foreign(String os) {
    return os.equals("Mac OS X") ? null : "works on macOS; this is " + os;
  }
}
