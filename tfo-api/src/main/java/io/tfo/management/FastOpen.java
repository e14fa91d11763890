package io.tfo.management;

import io.tfo.FastOpenBackends;
import io.tfo.FastOpenCapability;
import io.tfo.FastOpenConnector;
import io.tfo.FastOpenListener;
import io.tfo.FastOpenStatistics;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.management.InstanceAlreadyExistsException;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/**
 * The implementation of {@link FastOpenMXBean}. Nothing of this library loads it before it is asked
 * for:
 *
 * <ul>
 *   <li>{@link #register} registers it in the platform's MBean server.
 *   <li>A JMX client creates it by {@code MBeanServerConnection.createMBean} with the name of this
 *       class, where the system class loader finds it: so does {@code tfo doctor --pid}.
 * </ul>
 */
public final class FastOpen implements FastOpenMXBean {
  private static final int MOST_COPIES = 100;

  /** Creates one, for JMX. */
  public FastOpen() {}

  /**
   * Registers this copy of the library in the platform's MBean server, under {@link
   * FastOpenMXBean#NAME}; where another copy has that name, with {@code copy=2} added, and so on.
   *
   * @return the name
   * @throws IllegalStateException if the MBean server refuses it
   */
  public static ObjectName register() {
    MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    try {
      for (int copy = 1; ; copy++) {
        ObjectName name = new ObjectName(copy == 1 ? NAME : NAME + ",copy=" + copy);
        try {
          if (isOurs(server, name)) {
            return name;
          }
          return server.registerMBean(new FastOpen(), name).getObjectName();
        } catch (InstanceAlreadyExistsException e) {
          if (copy == MOST_COPIES) {
            throw e;
          }
        }
      }
    } catch (JMException e) {
      throw new IllegalStateException("the MBean cannot be registered: " + e, e);
    }
  }

  private static boolean isOurs(MBeanServer server, ObjectName name) throws JMException {
    return server.isRegistered(name)
        && server.getClassLoaderFor(name) == FastOpen.class.getClassLoader();
  }

  @Override
  public String getVersion() {
    String version = FastOpen.class.getPackage().getImplementationVersion();
    return version == null ? "unknown" : version;
  }

  @Override
  public List<String> getDropIns() {
    return FastOpenStatistics.snapshot().dropIns();
  }

  @Override
  public String getConnector() {
    FastOpenCapability capability = FastOpenConnector.system().capability();
    return line(
        capability,
        FastOpenBackends.candidates().orElse(List.of()).stream()
            .filter(each -> each.connector() == FastOpenConnector.system())
            .map(each -> each.name())
            .findFirst()
            .orElse("no backend"));
  }

  @Override
  public String getListener() {
    FastOpenCapability capability = FastOpenListener.system().capability();
    return line(
        capability,
        FastOpenBackends.candidates().orElse(List.of()).stream()
            .filter(each -> each.listener() == FastOpenListener.system())
            .map(each -> each.name())
            .findFirst()
            .orElse("no backend"));
  }

  private static String line(FastOpenCapability capability, String backend) {
    return "%s: %s, %s"
        .formatted(
            backend, capability.status().name().toLowerCase(Locale.ROOT), capability.detail());
  }

  @Override
  public long getAttempted() {
    return FastOpenStatistics.snapshot().attempted();
  }

  @Override
  public long getSynData() {
    return FastOpenStatistics.snapshot().synData();
  }

  @Override
  public long getCookieRequested() {
    return FastOpenStatistics.snapshot().cookieRequested();
  }

  @Override
  public long getAcknowledged() {
    return FastOpenStatistics.snapshot().acknowledged();
  }

  @Override
  public long getNotAcknowledged() {
    return FastOpenStatistics.snapshot().notAcknowledged();
  }

  @Override
  public long getRetransmitted() {
    return FastOpenStatistics.snapshot().retransmitted();
  }

  @Override
  public Map<String, Long> getPlain() {
    Map<String, Long> names = new LinkedHashMap<>();
    FastOpenStatistics.snapshot().plain().forEach((why, count) -> names.put(why.name(), count));
    return names;
  }

  @Override
  public long getListenersOn() {
    return FastOpenStatistics.snapshot().listenersOn();
  }

  @Override
  public long getAcceptedSynData() {
    return FastOpenStatistics.snapshot().acceptedSynData();
  }

  @Override
  public Map<String, Long> getBackOff() {
    Map<String, Long> seconds = new LinkedHashMap<>();
    for (FastOpenStatistics.BackOff each : FastOpenStatistics.snapshot().backOff()) {
      seconds.put(each.destination(), each.left().toSeconds());
    }
    return seconds;
  }

  @Override
  public void readOutcomes(int seconds) {
    FastOpenStatistics.readOutcomes(Duration.ofSeconds(seconds));
  }
}
