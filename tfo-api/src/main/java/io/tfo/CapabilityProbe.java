package io.tfo;

import io.tfo.spi.FastOpenBackend;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * Asks a backend for its capabilities. A backend that breaks its contract, because it throws or
 * returns null, is reported as unsupported.
 */
final class CapabilityProbe {
  private CapabilityProbe() {}

  static FastOpenCapability client(FastOpenBackend backend) {
    return probe(() -> backend.connector().capability());
  }

  static FastOpenCapability server(FastOpenBackend backend) {
    return probe(() -> backend.listener().capability());
  }

  static boolean isForOtherSystem(FastOpenBackend backend) {
    try {
      return backend.otherSystem().isPresent();
    } catch (RuntimeException | Error e) {
      return false;
    }
  }

  private static FastOpenCapability probe(Supplier<FastOpenCapability> capability) {
    try {
      return Objects.requireNonNull(capability.get(), "capability");
    } catch (RuntimeException | Error e) {
      return FastOpenCapability.unsupported("the backend failed: " + LoadedBackends.withCause(e));
    }
  }
}
