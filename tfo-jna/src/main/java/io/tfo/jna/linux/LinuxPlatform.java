package io.tfo.jna.linux;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Whether a system is a Linux whose numbers are those of {@link LinuxSockets}. */
final class LinuxPlatform {
  /** Architectures with an {@code errno.h} of their own, by the beginning of {@code os.arch}. */
  private static final Set<String> OWN_NUMBERS = Set.of("alpha", "hppa", "mips", "parisc", "sparc");

  private LinuxPlatform() {}

  static @Nullable String foreign(String os, String architecture) {
    if (!os.equals("Linux")) {
      return "works on Linux; this is " + os;
    }
    for (String own : OWN_NUMBERS) {
      if (architecture.startsWith(own)) {
        return "the error numbers of Linux on " + architecture + " are its own";
      }
    }
    return null;
  }
}
