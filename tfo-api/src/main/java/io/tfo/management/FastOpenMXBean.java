package io.tfo.management;

import java.util.List;
import java.util.Map;

/**
 * {@link io.tfo.FastOpenStatistics} by JMX, under the name {@value #NAME}. {@link FastOpen}
 * registers it.
 */
public interface FastOpenMXBean {
  /** The object name; of a second copy of the library in one process, with {@code copy=2} added. */
  String NAME = "io.tfo:type=FastOpen";

  /**
   * The version of the library.
   *
   * @return the version, or {@code unknown}
   */
  String getVersion();

  /**
   * The drop-ins that are in use, each with its backend.
   *
   * @return as {@link io.tfo.FastOpenStatistics#dropIns}
   */
  List<String> getDropIns();

  /**
   * The backend of {@link io.tfo.FastOpenConnector#system()}. Chooses the backends if none is
   * chosen yet, as the next five attributes do.
   *
   * @return its name; {@code none} if connects are plain
   */
  String getConnector();

  /**
   * The status of the client side.
   *
   * @return the name of a {@link io.tfo.FastOpenCapability.Status}
   */
  String getClientStatus();

  /**
   * The detail of the client side's capability, and the remedy.
   *
   * @return one line
   */
  String getClientDetail();

  /**
   * The backend of {@link io.tfo.FastOpenListener#system()}.
   *
   * @return its name; {@code none} if listeners are plain
   */
  String getListener();

  /**
   * The status of the server side.
   *
   * @return the name of a {@link io.tfo.FastOpenCapability.Status}
   */
  String getServerStatus();

  /**
   * The detail of the server side's capability, and the remedy.
   *
   * @return one line
   */
  String getServerDetail();

  /**
   * Connects whose SYN had the TCP Fast Open option.
   *
   * @return as {@link io.tfo.FastOpenStatistics#attempted}
   */
  long getAttempted();

  /**
   * SYNs that were sent with data.
   *
   * @return as {@link io.tfo.FastOpenStatistics#synData}
   */
  long getSynData();

  /**
   * SYNs that asked for a cookie.
   *
   * @return as {@link io.tfo.FastOpenStatistics#cookieRequested}
   */
  long getCookieRequested();

  /**
   * SYNs whose data was acknowledged, counted while outcomes are read.
   *
   * @return as {@link io.tfo.FastOpenStatistics#acknowledged}
   */
  long getAcknowledged();

  /**
   * SYNs whose data was not acknowledged, counted while outcomes are read.
   *
   * @return as {@link io.tfo.FastOpenStatistics#notAcknowledged}
   */
  long getNotAcknowledged();

  /**
   * SYNs that were lost and sent again.
   *
   * @return as {@link io.tfo.FastOpenStatistics#retransmitted}
   */
  long getRetransmitted();

  /**
   * Plain connects by their reason.
   *
   * @return as {@link io.tfo.FastOpenStatistics#plain}, in the names of the reasons
   */
  Map<String, Long> getPlain();

  /**
   * Listeners that were switched on.
   *
   * @return as {@link io.tfo.FastOpenStatistics#listenersOn}
   */
  long getListenersOn();

  /**
   * Connections that were accepted with SYN data, counted while outcomes are read.
   *
   * @return as {@link io.tfo.FastOpenStatistics#acceptedSynData}
   */
  long getAcceptedSynData();

  /**
   * The destinations to which connects are plain for now.
   *
   * @return as {@link io.tfo.FastOpenStatistics#backOff}: destinations, and the seconds left
   */
  Map<String, Long> getBackOff();

  /**
   * Switches the reading of outcomes on for a time, as {@link
   * io.tfo.FastOpenStatistics#readOutcomes}.
   *
   * @param seconds how long from now on
   */
  void readOutcomes(int seconds);
}
