package io.tfo.spi;

import io.tfo.FastOpenOutcome;
import java.net.InetSocketAddress;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Tells of an accepted connection: the counters, Flight Recorder by the event {@code
 * io.tfo.Accept}, the log at DEBUG under {@code io.tfo.accept}.
 */
public final class AcceptObservation {
  private AcceptObservation() {}

  /**
   * Tells of a connection that a listener with TCP Fast Open has accepted. Called where {@link
   * FastOpenActivity#isAcceptObserved} says so.
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
