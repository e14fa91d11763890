package io.tfo.linux;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Tells whether a system is a Linux with the error numbers of {@link LinuxSocketApi}. */
final class LinuxPlatform {
  /** Architectures with an {@code errno.h} of their own, as prefixes of {@code os.arch}. */
  private static final Set<String> OWN_NUMBERS = Set.of("alpha", "hppa", "mips", "parisc", "sparc");

  private LinuxPlatform() {}

  /** Returns why the backends for Linux do not work there, or null if they may. */
  static @Nullable String foreign(String os, String architecture) {
    if (!os.equals("Linux")) {
      return "works on Linux; this is " + os;
    }
    for (String own : OWN_NUMBERS) {
      if (architecture.startsWith(own)) {
        return "Linux on " + architecture + " has error numbers that this backend does not know";
      }
    }
    return null;
  }
}
