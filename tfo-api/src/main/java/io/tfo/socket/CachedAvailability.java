package io.tfo.socket;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenConnector;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether a connector's TCP Fast Open can be used, asked at most once a second: on Linux the answer
 * is a file's, and to read it for each connect costs about as much as the connect.
 */
final class CachedAvailability {
  static final Duration KEPT = Duration.ofSeconds(1);

  private final FastOpenConnector connector;
  private final LongSupplier nanoTime;
  private volatile @Nullable Answer last;

  private record Answer(boolean available, long nanos) {}

  CachedAvailability(FastOpenConnector connector, LongSupplier nanoTime) {
    this.connector = connector;
    this.nanoTime = nanoTime;
  }

  boolean get() {
    long now = nanoTime.getAsLong();
    Answer known = last;
    if (known == null || now - known.nanos() >= KEPT.toNanos()) {
      known =
          new Answer(connector.capability().status() == FastOpenCapability.Status.AVAILABLE, now);
      last = known;
    }
    return known.available();
  }
}
