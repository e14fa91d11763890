package io.tfo;

import io.tfo.spi.FastOpenBackend;
import java.util.Objects;

/**
 * Asks a backend for its capabilities. A backend that breaks its contract, because it throws or
 * returns null, is reported as unsupported.
 */
final class CapabilityProbe {
  private CapabilityProbe() {}

  static FastOpenCapability client(FastOpenBackend backend) {
    try {
      return Objects.requireNonNull(backend.connector().capability(), "capability");
    } catch (RuntimeException | Error e) {
      return failed(e);
    }
  }

  static FastOpenCapability server(FastOpenBackend backend) {
    try {
      return Objects.requireNonNull(backend.listener().capability(), "capability");
    } catch (RuntimeException | Error e) {
      return failed(e);
    }
  }

  static boolean isForOtherSystem(FastOpenBackend backend) {
    try {
      return backend.otherSystem().isPresent();
    } catch (RuntimeException | Error e) {
      return false;
    }
  }

  private static FastOpenCapability failed(Throwable e) {
    return FastOpenCapability.unsupported("the backend failed: " + LoadedBackends.withCause(e));
  }
}
