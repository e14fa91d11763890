package io.tfo.management;

import io.tfo.FastOpenBackends;
import io.tfo.FastOpenCapability;
import io.tfo.FastOpenConnector;
import io.tfo.FastOpenListener;
import io.tfo.FastOpenStatistics;
import io.tfo.spi.FastOpenBackend;
import java.lang.management.ManagementFactory;
import java.lang.module.ModuleDescriptor;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import javax.management.InstanceAlreadyExistsException;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;

/**
 * The implementation of {@link FastOpenMXBean}. The library loads it only on request:
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
        ObjectName name = name(copy);
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

  /**
   * Unregisters the MBean that {@link #register} has registered, if any. An application that is
   * redeployed while its JVM runs on calls this when it ends; otherwise its class loader stays in
   * memory.
   *
   * @throws IllegalStateException if the MBean server refuses it
   */
  public static void unregister() {
    MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    try {
      for (int copy = 1; copy <= MOST_COPIES; copy++) {
        ObjectName name = name(copy);
        if (isOurs(server, name)) {
          server.unregisterMBean(name);
        }
      }
    } catch (InstanceNotFoundException e) {
      // Another thread has removed it.
    } catch (JMException e) {
      throw new IllegalStateException("the MBean cannot be removed: " + e, e);
    }
  }

  private static ObjectName name(int copy) throws MalformedObjectNameException {
    return new ObjectName(copy == 1 ? NAME : NAME + ",copy=" + copy);
  }

  private static boolean isOurs(MBeanServer server, ObjectName name) throws JMException {
    return server.isRegistered(name)
        && server.getClassLoaderFor(name) == FastOpen.class.getClassLoader();
  }

  @Override
  public String getVersion() {
    return Optional.ofNullable(FastOpen.class.getModule().getDescriptor())
        .flatMap(ModuleDescriptor::rawVersion)
        .or(() -> Optional.ofNullable(FastOpen.class.getPackage().getImplementationVersion()))
        .orElse("unknown");
  }

  @Override
  public List<String> getDropIns() {
    return FastOpenStatistics.snapshot().dropIns();
  }

  @Override
  public String getConnector() {
    FastOpenConnector system = FastOpenConnector.system();
    return nameOf(backend -> backend.connector() == system);
  }

  @Override
  public String getClientStatus() {
    return FastOpenConnector.system().capability().status().name();
  }

  @Override
  public String getClientDetail() {
    return text(FastOpenConnector.system().capability());
  }

  @Override
  public String getListener() {
    FastOpenListener system = FastOpenListener.system();
    return nameOf(backend -> backend.listener() == system);
  }

  @Override
  public String getServerStatus() {
    return FastOpenListener.system().capability().status().name();
  }

  @Override
  public String getServerDetail() {
    return text(FastOpenListener.system().capability());
  }

  private static String nameOf(Predicate<FastOpenBackend> which) {
    return FastOpenBackends.candidates().orElse(List.of()).stream()
        .filter(which)
        .map(FastOpenBackend::name)
        .findFirst()
        .orElse("none");
  }

  private static String text(FastOpenCapability capability) {
    return capability.detail()
        + capability.remedy().map(remedy -> "; remedy: " + remedy).orElse("");
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
