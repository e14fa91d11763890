package io.tfo.jna;

import io.tfo.backoff.BackOff;
import io.tfo.spi.FastOpenBackend;
import java.util.Optional;
import java.util.concurrent.Callable;

/** A backend that has learned nothing from the others of this process, and teaches them nothing. */
public final class FreshBackend extends JnaBackend {
  private final Callable<NativeTcp> loader;
  private final Optional<String> plainWhenNonBlocking;

  /** A backend for this system. */
  public FreshBackend(String name, Callable<NativeTcp> loader) {
    super(name, 1, null);
    this.loader = loader;
    this.plainWhenNonBlocking = Optional.empty();
  }

  /** Creates a copy of a backend that has learned nothing. */
  public FreshBackend(JnaBackend other) {
    super(other.name(), other.priority(), other.otherSystem().orElse(null));
    this.loader = other::load;
    this.plainWhenNonBlocking = other.plainWhenNonBlocking();
  }

  /** Returns a fresh copy of a {@link JnaBackend}; any other backend as it is. */
  public static FastOpenBackend of(FastOpenBackend other) {
    return other instanceof JnaBackend ours ? new FreshBackend(ours) : other;
  }

  @Override
  protected NativeTcp load() throws Exception {
    return loader.call();
  }

  @Override
  LearnedDestinations learned() {
    return new LearnedDestinations(BackOff.asConfigured());
  }

  @Override
  public Optional<String> plainWhenNonBlocking() {
    return plainWhenNonBlocking;
  }
}
