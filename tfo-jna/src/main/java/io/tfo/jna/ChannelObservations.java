package io.tfo.jna;

import io.tfo.FastOpenStatistics.PlainReason;
import io.tfo.spi.ConnectObservation;
import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The connects of channels that are observed. They stand in a table of their own, since most are
 * not observed: so a connect needs no field for it.
 *
 * @param <T> the connects
 */
final class ChannelObservations<T> {
  private final Map<T, ConnectObservation> open = Collections.synchronizedMap(new WeakHashMap<>());

  /** Whether there was one ever. */
  private volatile boolean isUsed;

  void add(T connect, @Nullable ConnectObservation observation) {
    if (observation != null) {
      observation.detach();
      isUsed = true;
      open.put(connect, observation);
    }
  }

  void sent(T connect, boolean waited, @Nullable PlainReason reason) {
    ConnectObservation observation = isUsed ? open.get(connect) : null;
    if (observation != null) {
      if (waited) {
        observation.beginAgain();
      }
      if (reason != null) {
        observation.plain(reason);
      }
    }
  }

  /** Returns what is known of a connect that ends now; null if it is not observed. */
  @Nullable ConnectObservation end(T connect) {
    return isUsed ? open.remove(connect) : null;
  }
}
