package io.tfo.backend.bsd;

import io.tfo.jna.JnaBackend;
import io.tfo.jna.NativeTcp;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The provider of {@code bsd}. */
public final class BsdBackend extends JnaBackend {
  /** Creates the provider; loads nothing. */
  public BsdBackend() {
    super("bsd", 100, foreign(System.getProperty("os.name", "")));
  }

  /** Returns why this backend does not work there, or null if it may. */
  static @Nullable String foreign(String os) {
    if (os.equals("FreeBSD")) {
      return null;
    }
    // These have no TCP_FASTOPEN in their netinet/tcp.h.
    return Set.of("OpenBSD", "NetBSD", "DragonFly").contains(os)
        ? "works on FreeBSD; " + os + " has no TCP Fast Open"
        : "works on FreeBSD; this is " + os;
  }

  @Override
  protected NativeTcp load() {
    return BsdTcp.load();
  }
}
