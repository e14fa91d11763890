package io.tfo.jna;

import io.tfo.FastOpenStatistics.PlainReason;
import io.tfo.spi.ConnectObservation;
import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The observations of channels' connects. They have a table of their own, because most connects are
 * not observed: so a connect needs no field for its observation.
 *
 * @param <T> the connects
 */
final class ChannelObservations<T> {
  private final Map<T, ConnectObservation> open = Collections.synchronizedMap(new WeakHashMap<>());

  /** Whether there has ever been an observation. */
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

  /** Returns the observation of a connect that ends now; null if it is not observed. */
  @Nullable ConnectObservation end(T connect) {
    return isUsed ? open.remove(connect) : null;
  }
}
