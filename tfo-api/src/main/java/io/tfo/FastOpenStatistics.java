package io.tfo;

import io.tfo.spi.BackOffSupport;
import io.tfo.spi.FastOpenActivity;
import io.tfo.spi.FastOpenActivity.Count;
import io.tfo.spi.FastOpenBackend;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * The statistics of this library in this process: counters that only grow, and the destinations
 * that are in back-off now.
 *
 * <p>Each connect that a drop-in or a connector of this library makes is counted once: {@link
 * #synData} or {@link #cookieRequested} (together {@link #attempted}), or one of {@link #plain}.
 * These counts are known when the SYN is sent, and cost no system call.
 *
 * <p>Whether a server has acknowledged the data is known to the kernel alone. The library asks it
 * only on request: for a time after {@link #readOutcomes}, or always with {@code
 * -Dio.tfo.statistics.outcomes=true}. That is one {@code getsockopt} for a connection. At other
 * times {@link #acknowledged}, {@link #notAcknowledged} and {@link #acceptedSynData} stand still;
 * {@link #retransmitted} does not, since the library asks about each connect that took as long as a
 * SYN timeout.
 *
 * <p>The counters are those of one copy of the library: the one whose class this is. An application
 * that loads the library by several class loaders has several.
 */
public final class FastOpenStatistics {
  /** The maximum number of destinations in {@link #backOff}. */
  public static final int MOST_BACK_OFF = 100;

  /** The reason why a SYN carried no data, and was no cookie request with data to follow. */
  public enum PlainReason {
    /**
     * TCP Fast Open is off or not supported here, or the JDK denies access to its sockets. Or the
     * system has switched it off for a destination by itself, as FreeBSD does.
     */
    OFF,
    /** SYNs to this destination were lost recently. */
    BACK_OFF,
    /**
     * The application or a setting excludes the destination, mostly by its port: the protocol there
     * does not begin with an idempotent message. Or the destination is the wildcard address, not a
     * host.
     */
    EXCLUDED,
    /** This process has not connected to the address and port before, so the SYN did not wait. */
    UNKNOWN_DESTINATION,
    /**
     * Nothing was written in time, or the program read first, closed the connection, or did
     * something else that needs the connection. The SYN was sent without data.
     */
    NO_FIRST_WRITE,
    /**
     * The mode of the channel. The selector provider leaves connects in blocking mode to the JDK.
     * On Windows a connector leaves those in non-blocking mode to it.
     */
    MODE,
    /** The channel is not one of the JDK's TCP channels. */
    FOREIGN_CHANNEL,
    /** The socket connected to a SOCKS proxy. */
    PROXY
  }

  /**
   * A destination to which connects are plain for now, since SYNs were lost there.
   *
   * @param destination an address and port; an address, for all its ports; or {@code everywhere}
   * @param left how long they stay plain, until one connect tries again
   */
  public record BackOff(String destination, Duration left) {
    /** Creates an entry. */
    public BackOff {
      Objects.requireNonNull(destination, "destination");
      Objects.requireNonNull(left, "left");
    }
  }

  private final Map<Count, Long> counts = new EnumMap<>(Count.class);
  private final Map<PlainReason, Long> plain = new EnumMap<>(PlainReason.class);
  private final List<String> dropIns = FastOpenActivity.dropIns();
  private final List<BackOff> backOff;

  private FastOpenStatistics(List<BackOff> backOff) {
    for (Count each : Count.values()) {
      counts.put(each, FastOpenActivity.sum(each));
    }
    for (PlainReason each : PlainReason.values()) {
      plain.put(each, FastOpenActivity.sum(each));
    }
    this.backOff = backOff;
  }

  /**
   * Reads the counters. Loads no backend, and makes no system call.
   *
   * @return the counters as they are now; while other threads connect, they are not an atomic
   *     snapshot
   */
  public static FastOpenStatistics snapshot() {
    return new FastOpenStatistics(backOff(UsedBackends.get()));
  }

  /** Backends can share what they learn: then each of them reports the same destinations. */
  static List<BackOff> backOff(List<FastOpenBackend> backends) {
    Map<String, BackOff> all = new LinkedHashMap<>();
    for (FastOpenBackend backend : backends) {
      if (backend.connector() instanceof BackOffSupport support) {
        for (BackOff each : support.backOff(MOST_BACK_OFF - all.size())) {
          all.putIfAbsent(each.destination(), each);
        }
      }
    }
    return List.copyOf(all.values());
  }

  /**
   * Switches the reading of each connection's outcome on for a time, so that {@link #acknowledged},
   * {@link #notAcknowledged} and {@link #acceptedSynData} count. A later call prolongs the time,
   * and never shortens it.
   *
   * @param time how long from now on
   */
  public static void readOutcomes(Duration time) {
    FastOpenActivity.readOutcomes(time);
  }

  /**
   * Connects whose SYN had the TCP Fast Open option: {@link #synData} and {@link #cookieRequested}.
   *
   * @return the number
   */
  public long attempted() {
    return synData() + cookieRequested();
  }

  /**
   * SYNs that were sent with data.
   *
   * @return the number
   */
  public long synData() {
    return count(Count.SYN_DATA);
  }

  /**
   * SYNs that asked for a cookie and carried no data. The system had no cookie of the server, as
   * far as this library knows without a system call.
   *
   * @return the number
   */
  public long cookieRequested() {
    return count(Count.COOKIE_REQUESTED);
  }

  /**
   * SYNs whose data the server has acknowledged: each saved a round trip. Counted while outcomes
   * are read, as said above, once the connection is established. Of the channels that a {@link
   * FastOpenConnector} connects in non-blocking mode, the library watches one at a time to each
   * destination.
   *
   * @return the number
   */
  public long acknowledged() {
    return count(Count.ACKNOWLEDGED);
  }

  /**
   * SYNs whose data the server has not acknowledged, so that the system sent it again after the
   * handshake. Counted while outcomes are read, as said above.
   *
   * @return the number
   */
  public long notAcknowledged() {
    return count(Count.NOT_ACKNOWLEDGED);
  }

  /**
   * SYNs with the TCP Fast Open option that were lost, and answered only after they were sent again
   * without it. For a {@link FastOpenConnector}'s channels in non-blocking mode, the limit of
   * {@link #acknowledged} holds.
   *
   * @return the number
   */
  public long retransmitted() {
    return count(Count.RETRANSMITTED);
  }

  /**
   * Connects without TCP Fast Open, or whose SYN waited for data that did not come in time.
   *
   * @return an unmodifiable map with each reason
   */
  public Map<PlainReason, Long> plain() {
    return Collections.unmodifiableMap(plain);
  }

  /**
   * Listeners for which this library has switched TCP Fast Open on, open or closed by now. Each is
   * counted when it is bound, an asynchronous channel when it is opened. Whether they accept SYN
   * data depends on the system's setting, which {@link FastOpenListener#capability} tells.
   *
   * @return the number
   */
  public long listenersOn() {
    return count(Count.LISTENER_ON);
  }

  /**
   * Accepted connections that were opened by SYN data: of server sockets of {@link
   * io.tfo.socket.FastOpenServerSocketFactory}, and of NIO listeners of {@link
   * io.tfo.nio.FastOpenSelectorProvider}, while outcomes are read, as said above. The JDK tells
   * this library nothing of connections that other channels accept.
   *
   * @return the number
   */
  public long acceptedSynData() {
    return count(Count.ACCEPTED_SYN_DATA);
  }

  /**
   * The drop-ins that are in use, each with its backend.
   *
   * @return an unmodifiable list of texts such as {@code socket factory (linux-connect)}
   */
  public List<String> dropIns() {
    return dropIns;
  }

  /**
   * The destinations to which connects are plain for now, as reported by the backends from which
   * {@link FastOpenConnector#system()} is chosen.
   *
   * @return an unmodifiable list of at most {@value #MOST_BACK_OFF}
   */
  public List<BackOff> backOff() {
    return backOff;
  }

  private long count(Count which) {
    return Objects.requireNonNull(counts.get(which));
  }

  /** Returns a report of a few lines. */
  @Override
  public String toString() {
    String reasons =
        plain.entrySet().stream()
            .filter(each -> each.getValue() > 0)
            .map(each -> each.getValue() + " " + each.getKey())
            .collect(Collectors.joining(", "));
    return String.join(
        System.lineSeparator(),
        String.format(
            Locale.ROOT,
            "attempted %d: %d with data, %d asked for a cookie",
            attempted(),
            synData(),
            cookieRequested()),
        String.format(
            Locale.ROOT,
            "outcomes read: %d acknowledged, %d not acknowledged; %d sent again",
            acknowledged(),
            notAcknowledged(),
            retransmitted()),
        "plain: " + (reasons.isEmpty() ? "none" : reasons),
        String.format(
            Locale.ROOT,
            "listeners on: %d; accepted with SYN data: %d",
            listenersOn(),
            acceptedSynData()),
        "in back-off: " + (backOff.isEmpty() ? "none" : backOff));
  }
}
