package io.tfo.backend.bsd;

import io.tfo.jna.JnaBackend;
import io.tfo.jna.NativeTcp;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The provider of {@code bsd}. */
public final class BsdBackend extends JnaBackend {
  /** Creates the provider; loads nothing. */
  public BsdBackend() {
    this("bsd", BsdPlatform.foreign(System.getProperty("os.name", "")), () -> BsdTcp.load());
  }

  BsdBackend(String name, @Nullable String foreign, Supplier<NativeTcp> loader) {
    super(name, 100, foreign, loader);
  }
}
