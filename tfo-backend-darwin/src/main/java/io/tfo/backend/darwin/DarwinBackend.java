package io.tfo.backend.darwin;

import io.tfo.jna.JnaBackend;
import io.tfo.jna.NativeTcp;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The provider of {@code darwin}. */
public final class DarwinBackend extends JnaBackend {
  /** Creates the provider; loads nothing. */
  public DarwinBackend() {
    this(
        "darwin",
        DarwinPlatform.foreign(System.getProperty("os.name", "")),
        () -> DarwinTcp.load());
  }

  DarwinBackend(String name, @Nullable String foreign, Supplier<NativeTcp> loader) {
    super(name, 100, foreign, loader);
  }
}
