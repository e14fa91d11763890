package io.tfo.jna;

import io.tfo.backoff.BackOff;
import io.tfo.backoff.Capacity;
import io.tfo.backoff.KnownDestinations;
import java.time.Duration;

/**
 * The knowledge that connects have gained of their destinations. All backends share it, since the
 * path and the server do not depend on the backend: connector, sockets and channels may have
 * different ones.
 *
 * @param backOff where SYNs were lost
 * @param known where a SYN was answered
 * @param serverFirst where the server was the first to send. Forgotten sooner, since another server
 *     may take its place
 * @param distrusted where a connect that had trusted a cookie has failed
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

  /** Returns the knowledge that all backends of this process share. */
  static LearnedDestinations ofProcess() {
    return PROCESS;
  }
}
