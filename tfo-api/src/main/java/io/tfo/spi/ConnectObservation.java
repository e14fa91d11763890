package io.tfo.spi;

import io.tfo.FastOpenOutcome;
import io.tfo.FastOpenStatistics.PlainReason;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One connect that is observed: by Flight Recorder's event {@code io.tfo.Connect}, or by the log at
 * DEBUG under {@code io.tfo.connect}. There is none while both are off.
 *
 * <p>Between {@link #begin} and {@link #end} it belongs to one thread, or to the connect that the
 * thread has {@linkplain #detach detached} it for.
 */
public final class ConnectObservation {
  /** The observation of the connect that this thread is making. */
  private static final ThreadLocal<@Nullable ConnectObservation> CURRENT = new ThreadLocal<>();

  private final @Nullable ConnectEvent event;
  private long start = System.nanoTime();
  private final String dropIn;
  private final String backend;
  private @Nullable PlainReason plainReason;

  private ConnectObservation(String dropIn, String backend) {
    this.dropIn = dropIn;
    this.backend = backend;
    this.event = Observers.recordsConnects() ? new ConnectEvent() : null;
  }

  /** Reads the outcome of a connection. */
  @FunctionalInterface
  public interface Outcome {
    /**
     * Asks the system.
     *
     * @return the outcome
     * @throws IOException if the system does not answer
     */
    FastOpenOutcome read() throws IOException;
  }

  /**
   * Begins the observation of a connect on this thread, if Flight Recorder or the log is on.
   *
   * @param dropIn as in {@link FastOpenActivity#use}
   * @param backend the name of the backend
   * @return the observation, or null
   */
  public static @Nullable ConnectObservation begin(String dropIn, String backend) {
    if (!FastOpenActivity.isObserved()) {
      return null;
    }
    ConnectObservation observation = new ConnectObservation(dropIn, backend);
    CURRENT.set(observation);
    if (observation.event != null) {
      observation.event.begin();
    }
    return observation;
  }

  /** Tells the observation of this thread, if there is one, why the connect is plain. */
  static void note(PlainReason reason) {
    ConnectObservation current = CURRENT.get();
    if (current != null) {
      current.plainReason = reason;
    }
  }

  /** Restarts the measured time: the SYN has waited, and is sent only now. */
  public void beginAgain() {
    start = System.nanoTime();
    if (event != null) {
      event.begin();
    }
  }

  /**
   * Tells why the SYN carries no data, and asks for no cookie.
   *
   * @param reason the reason
   */
  public void plain(PlainReason reason) {
    plainReason = reason;
  }

  /** Detaches the observation from this thread. The connect goes on. */
  public void detach() {
    CURRENT.remove();
  }

  /**
   * Ends the observation. Reads the outcome only if Flight Recorder takes the event, or the log the
   * line.
   *
   * @param destination where it connects to
   * @param synData how many bytes the SYN carried, unless it is plain; -1 if that is not known
   * @param outcome reads the outcome
   * @param failure the exception that the program gets, or null if the connect is answered
   */
  public void end(
      InetSocketAddress destination, int synData, Outcome outcome, @Nullable Throwable failure) {
    detach();
    boolean recorded = false;
    if (event != null) {
      event.end();
      recorded = event.shouldCommit();
    }
    boolean logged = Observers.logsConnects();
    if (!recorded && !logged) {
      return;
    }
    String result = failure == null ? read(outcome) : null;
    if (event != null && recorded) {
      event.address = address(destination);
      event.port = destination.getPort();
      event.dropIn = dropIn;
      event.backend = backend;
      event.synData = plainReason == null ? synData : 0;
      event.outcome = result;
      event.plainReason = plainReason == null ? null : plainReason.name();
      event.failure = failure == null ? null : failure.toString();
      event.commit();
    }
    if (logged) {
      Observers.CONNECTS.debug(line(destination, synData, result, failure));
    }
  }

  static String address(InetSocketAddress of) {
    return of.isUnresolved() ? of.getHostString() : of.getAddress().getHostAddress();
  }

  static String read(Outcome outcome) {
    try {
      return outcome.read().name();
    } catch (IOException | RuntimeException e) {
      return FastOpenOutcome.UNKNOWN.name();
    }
  }

  private String line(
      InetSocketAddress destination,
      int synData,
      @Nullable String outcome,
      @Nullable Throwable failure) {
    return String.format(
        Locale.ROOT,
        "%s:%d by %s (%s): %s, %s, %d ms",
        address(destination),
        destination.getPort(),
        dropIn,
        backend,
        plainReason != null
            ? "plain, " + plainReason
            : synData > 0
                ? synData + " bytes in the SYN"
                : (synData < 0 ? "with" : "no") + " data in the SYN",
        failure == null ? outcome : failure,
        Duration.ofNanos(System.nanoTime() - start).toMillis());
  }
}
