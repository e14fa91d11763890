package io.tfo.backend.bsd;

import io.tfo.jna.JnaBackend;
import io.tfo.jna.NativeTcp;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The provider of {@code bsd}. */
public final class BsdBackend extends JnaBackend {
  /** Loads nothing yet. */
  public BsdBackend() {
    this(BsdPlatform.foreign(System.getProperty("os.name", "")), () -> new BsdTcp(new Libc()));
  }

  BsdBackend(@Nullable String foreign, Supplier<NativeTcp> loader) {
    super("bsd", 100, foreign, loader);
  }
}
