package io.tfo.socket;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenConnector;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether a connector's TCP Fast Open is available, and probes at most once a second: on
 * Linux the probe reads a file, which for each connect would cost about as much as the connect.
 */
final class CachedAvailability {
  static final Duration LIFETIME = Duration.ofSeconds(1);

  private final FastOpenConnector connector;
  private final LongSupplier nanoTime;
  private volatile @Nullable Probe last;

  private record Probe(boolean available, long nanos) {}

  CachedAvailability(FastOpenConnector connector, LongSupplier nanoTime) {
    this.connector = connector;
    this.nanoTime = nanoTime;
  }

  boolean get() {
    long now = nanoTime.getAsLong();
    Probe known = last;
    if (known == null || now - known.nanos() >= LIFETIME.toNanos()) {
      known =
          new Probe(connector.capability().status() == FastOpenCapability.Status.AVAILABLE, now);
      last = known;
    }
    return known.available();
  }
}
