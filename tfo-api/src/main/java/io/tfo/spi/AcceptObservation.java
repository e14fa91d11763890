package io.tfo.spi;

import io.tfo.FastOpenOutcome;
import java.net.InetSocketAddress;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reports an accepted connection to the counters, to Flight Recorder as the event {@code
 * io.tfo.Accept}, and to the log at DEBUG under {@code io.tfo.accept}.
 */
public final class AcceptObservation {
  private AcceptObservation() {}

  /**
   * Reports a connection that a listener with TCP Fast Open has accepted. Called if {@link
   * FastOpenActivity#isAcceptObserved} returns true.
   *
   * @param remote the client
   * @param localPort the listener's port
   * @param outcome reads what the system knows
   */
  public static void accepted(
      @Nullable InetSocketAddress remote, int localPort, ConnectObservation.Outcome outcome) {
    String result = ConnectObservation.read(outcome);
    if (FastOpenActivity.readsOutcomes() && result.equals(FastOpenOutcome.SYN_DATA_ACKED.name())) {
      FastOpenActivity.count(FastOpenActivity.Count.ACCEPTED_SYN_DATA);
    }
    String address = remote == null ? "unknown" : ConnectObservation.address(remote);
    int port = remote == null ? 0 : remote.getPort();
    if (Observers.recordsAccepts()) {
      AcceptEvent event = new AcceptEvent();
      event.address = address;
      event.port = port;
      event.localPort = localPort;
      event.outcome = result;
      event.commit();
    }
    if (Observers.logsAccepts()) {
      Observers.ACCEPTS.debug(
          String.format(Locale.ROOT, "%s:%d on port %d: %s", address, port, localPort, result));
    }
  }
}
