package io.tfo.jna;

import io.tfo.backoff.BackOff;
import io.tfo.spi.FastOpenBackend;
import java.util.Optional;
import java.util.function.Supplier;

/** A backend that has learned nothing from the others of this process, and teaches them nothing. */
public final class FreshBackend extends JnaBackend {
  private final Optional<String> plainWhenNonBlocking;

  /** A backend as {@link JnaBackend#JnaBackend} makes it, for this system. */
  public FreshBackend(String name, Supplier<NativeTcp> loader) {
    super(name, 1, null, new NativeAccess(null, loader), learned());
    this.plainWhenNonBlocking = Optional.empty();
  }

  /** The same backend otherwise. */
  public FreshBackend(JnaBackend other) {
    super(
        other.name(),
        other.priority(),
        other.otherSystem().orElse(null),
        ((ChannelConnector) other.connector()).access,
        learned());
    this.plainWhenNonBlocking = other.plainWhenNonBlocking();
  }

  /** The same backend otherwise, where it can be had. */
  public static FastOpenBackend of(FastOpenBackend other) {
    return other instanceof JnaBackend ours ? new FreshBackend(ours) : other;
  }

  private static LearnedDestinations learned() {
    return new LearnedDestinations(BackOff.asConfigured());
  }

  @Override
  public Optional<String> plainWhenNonBlocking() {
    return plainWhenNonBlocking;
  }
}
