package io.tfo.cli;

import io.tfo.FastOpenCapability;
import io.tfo.management.FastOpenMXBean;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The report of a copy of the library in another process.
 *
 * @param connector the name of the backend that connects
 * @param listener the name of the backend that listens
 * @param plain the plain connects by reason, without those that never occurred
 * @param backOff destinations, and the seconds for which connects there stay plain
 */
record ProcessReport(
    String version,
    List<String> dropIns,
    String connector,
    FastOpenCapability client,
    String listener,
    FastOpenCapability server,
    long synData,
    long cookieRequested,
    long acknowledged,
    long notAcknowledged,
    long retransmitted,
    Map<String, Long> plain,
    long listenersOn,
    long acceptedSynData,
    Map<String, Long> backOff) {

  static ProcessReport of(FastOpenMXBean bean) {
    return new ProcessReport(
        bean.getVersion(),
        bean.getDropIns(),
        bean.getConnector(),
        capability(bean.getClientStatus(), bean.getClientDetail()),
        bean.getListener(),
        capability(bean.getServerStatus(), bean.getServerDetail()),
        bean.getSynData(),
        bean.getCookieRequested(),
        bean.getAcknowledged(),
        bean.getNotAcknowledged(),
        bean.getRetransmitted(),
        occurred(bean.getPlain()),
        bean.getListenersOn(),
        bean.getAcceptedSynData(),
        bean.getBackOff());
  }

  private static FastOpenCapability capability(String status, String detail) {
    return new FastOpenCapability(
        FastOpenCapability.Status.valueOf(status), detail, Optional.empty());
  }

  private static Map<String, Long> occurred(Map<String, Long> plain) {
    return plain.entrySet().stream()
        .filter(each -> each.getValue() > 0)
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue, Long::sum, TreeMap::new));
  }

  long plainConnects() {
    return plain.values().stream().mapToLong(Long::longValue).sum();
  }

  int exitStatus() {
    return Side.exitStatus(client, server);
  }
}
