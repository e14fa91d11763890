package io.tfo.backend.bsd;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Tells whether a system is a BSD that has TCP Fast Open. */
final class BsdPlatform {
  /** These have no TCP_FASTOPEN in their {@code netinet/tcp.h}. */
  private static final Set<String> WITHOUT = Set.of("OpenBSD", "NetBSD", "DragonFly");

  private BsdPlatform() {}

  /** Returns why this backend does not work there, or null if it may. */
  static @Nullable String foreign(String os) {
    if (os.equals("FreeBSD")) {
      return null;
    }
    return WITHOUT.contains(os)
        ? "works on FreeBSD; " + os + " has no TCP Fast Open"
        : "works on FreeBSD; this is " + os;
  }
}
