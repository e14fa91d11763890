package io.tfo.jna;

import io.tfo.backoff.BackOff;
import io.tfo.backoff.Capacity;
import io.tfo.backoff.KnownDestinations;
import java.time.Duration;

/**
 * What connects have learned of their destinations. A path and a server are the same, whichever
 * backend connects. Connector, sockets and channels may have different backends, and learn
 * together.
 *
 * @param backOff where SYNs were lost
 * @param known where a SYN was answered
 * @param serverFirst where the server was the first to speak. Forgotten sooner, since another
 *     server may take its place
 * @param distrusted where a connect has failed that had trusted a cookie
 */
record LearnedDestinations(
    BackOff backOff,
    KnownDestinations known,
    KnownDestinations serverFirst,
    KnownDestinations distrusted) {
  private static final LearnedDestinations PROCESS =
      new LearnedDestinations(BackOff.asConfigured());

  /** Creates empty sets beside a back-off table. */
  LearnedDestinations(BackOff backOff) {
    this(
        backOff,
        new KnownDestinations(Capacity.ofProcess(), Duration.ofDays(1)),
        new KnownDestinations(Capacity.ofProcess(), Duration.ofMinutes(10)),
        new KnownDestinations(Capacity.ofProcess(), Duration.ofDays(1)));
  }

  /** What all backends of this process have learned together. */
  static LearnedDestinations ofProcess() {
    return PROCESS;
  }
}
