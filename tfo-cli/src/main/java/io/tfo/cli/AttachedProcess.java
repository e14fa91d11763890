package io.tfo.cli;

import io.tfo.management.FastOpenMXBean;
import io.tfo.spi.MalformedProperties;
import java.io.IOException;
import java.lang.reflect.UndeclaredThrowableException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.JMX;
import javax.management.MBeanException;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.ReflectionException;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import org.jspecify.annotations.Nullable;

/**
 * Another JVM on this machine, queried by JMX. Attaches as {@code jcmd} and {@code jconsole} do,
 * and loads no agent into it. If the application has not registered the library's MBean, creates
 * one there, and removes it in the end, also if a signal ends this program. Its name is unique, so
 * neither another client nor the application confuses it with theirs.
 */
final class AttachedProcess implements AutoCloseable {
  private static final String BEAN = "io.tfo.management.FastOpen";

  /** The part of a name that only a client of this kind gives. */
  private static final String CLIENT = "client";

  /** The longest time to remove the MBeans: a process that was stopped does not answer. */
  private static final long LONGEST_REMOVAL_MILLIS = 2_000;

  private final long pid;
  private final String client = CLIENT + "=" + UUID.randomUUID();
  private final Thread atTheEnd = new Thread(this::removeBeforeTheEnd, "remove");
  private final JMXConnector connector;
  private final MBeanServerConnection server;
  private boolean hasAgentsCopyOnly;
  private final List<ObjectName> created = new CopyOnWriteArrayList<>();
  private final List<FastOpenMXBean> beans = new ArrayList<>();
  private Properties properties = new Properties();

  private AttachedProcess(long pid, JMXConnector connector) throws IOException {
    this.pid = pid;
    this.connector = connector;
    this.server = connector.getMBeanServerConnection();
  }

  /**
   * Attaches to a process.
   *
   * @throws IOException if there is no such JVM, it may not be attached to, or it does not have the
   *     library; the message says which
   */
  static AttachedProcess attach(long pid) throws IOException {
    try (Attachment jvm = JavaProcess.attach(pid)) {
      AttachedProcess process = connect(pid, jvm.startManagement());
      try {
        process.findBeans();
        process.properties = jvm.properties(); // the agent has updated its state
        return process;
      } catch (IOException | RuntimeException | Error e) {
        process.close();
        throw e;
      }
    }
  }

  /**
   * Connects to the JMX address, which the attached JVM itself has reported; it is not user input.
   */
  @SuppressWarnings("BanJNDI")
  static AttachedProcess connect(long pid, String address) throws IOException {
    try {
      return new AttachedProcess(pid, JMXConnectorFactory.connect(new JMXServiceURL(address)));
    } catch (IOException e) {
      throw noAnswer(pid, e);
    }
  }

  /**
   * The agent's copy of the library registers its MBean when this bridge is created. Returns
   * whether there is one.
   */
  private boolean registerAgents() throws IOException, JMException {
    ObjectName bridge = new ObjectName("io.tfo:type=Agent," + client);
    try {
      server.createMBean("io.tfo.agent.Management", bridge);
      server.unregisterMBean(bridge);
      return true;
    } catch (ReflectionException | MBeanException e) {
      return false; // there is no agent, or it was not started
    }
  }

  private void findBeans() throws IOException {
    try {
      boolean hasAgents = registerAgents();
      List<ObjectName> names =
          new ArrayList<>(server.queryNames(new ObjectName(FastOpenMXBean.NAME + ",*"), null));
      names.removeIf(name -> name.getKeyProperty(CLIENT) != null);
      if (names.isEmpty()) {
        ObjectName name = new ObjectName(FastOpenMXBean.NAME + "," + client);
        Runtime.getRuntime().addShutdownHook(atTheEnd);
        created.add(name); // before it exists: a signal can end this program at any time
        server.createMBean(BEAN, name);
        names.add(name);
      }
      hasAgentsCopyOnly = hasAgents && names.size() == 1;
      names.sort(Comparator.naturalOrder());
      names.forEach(name -> beans.add(JMX.newMXBeanProxy(server, name, FastOpenMXBean.class)));
    } catch (IOException e) {
      throw noAnswer(pid, e);
    } catch (JMException e) {
      throw new IOException(
          "process %d does not have %s on its class path. 'tfo attach %d' loads the agent, which has it."
                  .formatted(pid, BEAN, pid)
              + " If its application loads this library with"
              + " a class loader of its own, the application must call "
              + BEAN
              + ".register()",
          e);
    }
  }

  /**
   * Asks each of the library's MBeans there: one for each copy of the library that has registered.
   */
  <T> List<T> ask(Function<FastOpenMXBean, T> question) throws IOException {
    try {
      return beans.stream().map(question).toList();
    } catch (UndeclaredThrowableException e) {
      Throwable cause = e.getCause();
      throw cause instanceof InstanceNotFoundException
          ? new IOException("process " + pid + " has removed the MBean of its library", e)
          : noAnswer(pid, cause);
    }
  }

  /**
   * Replaces RMI's message for a process that has ended: it has several lines, and names no
   * process.
   */
  private static IOException noAnswer(long pid, @Nullable Throwable cause) {
    return new IOException(
        ProcessHandle.of(pid).isEmpty()
            ? "process " + pid + " has ended"
            : "process "
                + pid
                + " does not answer: "
                + String.valueOf(cause).replaceAll("\\s+", " ")
                + (JavaProcess.hasOtherNetwork(pid)
                    ? "; it is in another network namespace, such as a container's: run this"
                        + " command there, for example with nsenter --net --target "
                        + pid
                    : ""),
        cause);
  }

  /** The state of the agent there, if it has one. */
  Optional<AgentState> agent() {
    return AgentState.of(properties);
  }

  /** The library's system properties there that are malformed, a line for each. */
  List<String> malformedProperties() {
    return MalformedProperties.of(properties);
  }

  /**
   * Whether nothing there uses TCP Fast Open: the only copy of the library is that of an agent that
   * is off.
   */
  boolean isOff() {
    return hasAgentsCopyOnly && agent().filter(state -> !state.isOn()).isPresent();
  }

  private void removeBeforeTheEnd() {
    Thread removal = new Thread(this::remove, "removal");
    removal.setDaemon(true);
    removal.start();
    try {
      removal.join(LONGEST_REMOVAL_MILLIS);
    } catch (InterruptedException e) {
      // The program ends in any case.
    }
  }

  private void remove() {
    try {
      for (ObjectName name : created) {
        server.unregisterMBean(name);
      }
    } catch (JMException e) {
      // It was not created.
    } catch (IOException e) {
      // The process has ended.
    }
  }

  @Override
  public void close() throws IOException {
    try (connector) {
      if (!created.isEmpty()) {
        remove();
        boolean unused = Runtime.getRuntime().removeShutdownHook(atTheEnd);
      }
    } catch (IllegalStateException e) {
      // This program ends.
    } catch (IOException e) {
      // The process has ended.
    }
  }
}
