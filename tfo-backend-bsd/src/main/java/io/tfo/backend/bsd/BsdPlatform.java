package io.tfo.backend.bsd;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Whether a system is a BSD that has TCP Fast Open. */
final class BsdPlatform {
  /** None has TCP_FASTOPEN in its {@code netinet/tcp.h}. */
  private static final Set<String> WITHOUT = Set.of("OpenBSD", "NetBSD", "DragonFly");

  private BsdPlatform() {}

  static @Nullable String foreign(String os) {
    if (os.equals("FreeBSD")) {
      return null;
    }
    return WITHOUT.contains(os)
        ? "of the BSDs, FreeBSD has TCP Fast Open; " + os + " has not"
        : "works on FreeBSD; this is " + os;
  }
}
