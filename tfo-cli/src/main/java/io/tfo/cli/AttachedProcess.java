package io.tfo.cli;

import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import io.tfo.management.FastOpenMXBean;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import javax.management.InstanceAlreadyExistsException;
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

/**
 * Another JVM on this machine, asked by JMX. Attaches as {@code jcmd} and {@code jconsole} do, and
 * loads no agent into it. Where the application has not registered the library's MBean, creates it
 * there, and removes it in the end.
 */
final class AttachedProcess implements AutoCloseable {
  private static final String BEAN = "io.tfo.management.FastOpen";

  private final long pid;
  private final Optional<AgentState> agent;
  private final JMXConnector connector;
  private final MBeanServerConnection server;
  private boolean hasAgentsCopyOnly;
  private final List<ObjectName> created = new ArrayList<>();
  private final List<FastOpenMXBean> beans = new ArrayList<>();

  private AttachedProcess(long pid, Optional<AgentState> agent, JMXConnector connector)
      throws IOException {
    this.pid = pid;
    this.agent = agent;
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
    JavaProcess.require(pid);
    Management management = startManagement(pid);
    JMXConnector connector = connect(management);
    try {
      AttachedProcess process = new AttachedProcess(pid, management.agent(), connector);
      process.findBeans();
      return process;
    } catch (IOException | RuntimeException | Error e) {
      connector.close();
      throw e;
    }
  }

  private record Management(String address, Optional<AgentState> agent) {}

  /** The address is no user's input: the JVM that was attached to tells its own. */
  @SuppressWarnings("BanJNDI")
  private static JMXConnector connect(Management management) throws IOException {
    return JMXConnectorFactory.connect(new JMXServiceURL(management.address()));
  }

  private static Management startManagement(long pid) throws IOException {
    try {
      VirtualMachine jvm = VirtualMachine.attach(String.valueOf(pid));
      try {
        return new Management(
            jvm.startLocalManagementAgent(), AgentState.of(jvm.getSystemProperties()));
      } finally {
        jvm.detach();
      }
    } catch (NoClassDefFoundError e) {
      throw new IOException("this Java runtime cannot attach to others: run tfo with a JDK", e);
    } catch (AttachNotSupportedException | IOException | IllegalStateException e) {
      throw new IOException(
          "cannot attach to process %d, which must be a JVM of the same user: %s"
              .formatted(pid, e.getMessage()),
          e);
    }
  }

  /**
   * The agent's copy of the library registers its MBean when this bridge is created. Returns
   * whether there is one.
   */
  private boolean registerAgents() throws IOException, JMException {
    ObjectName bridge = new ObjectName("io.tfo:type=Agent");
    try {
      boolean unused = create(server, "io.tfo.agent.Management", bridge);
      server.unregisterMBean(bridge);
      return true;
    } catch (ReflectionException | MBeanException e) {
      return false; // there is no agent, or it was not started
    } catch (InstanceNotFoundException e) {
      return true; // another client has removed it
    }
  }

  /** Returns false where another client has created it meanwhile. */
  static boolean create(MBeanServerConnection server, String type, ObjectName name)
      throws IOException, JMException {
    try {
      server.createMBean(type, name);
      return true;
    } catch (InstanceAlreadyExistsException e) {
      return false;
    }
  }

  private void findBeans() throws IOException {
    try {
      boolean hasAgents = registerAgents();
      List<ObjectName> names =
          new ArrayList<>(server.queryNames(new ObjectName(FastOpenMXBean.NAME + ",*"), null));
      if (names.isEmpty()) {
        ObjectName name = new ObjectName(FastOpenMXBean.NAME);
        if (create(server, BEAN, name)) {
          created.add(name);
        }
        names.add(name);
      }
      hasAgentsCopyOnly = hasAgents && names.size() == 1;
      names.sort(Comparator.naturalOrder());
      names.forEach(name -> beans.add(JMX.newMXBeanProxy(server, name, FastOpenMXBean.class)));
    } catch (JMException e) {
      throw new IOException(
          "process %d does not have %s on its class path. If its application loads this library by"
                  .formatted(pid, BEAN)
              + " a class loader of its own, have it call "
              + BEAN
              + ".register()",
          e);
    }
  }

  /** The library's MBeans there: one for each copy of the library that has registered. */
  List<FastOpenMXBean> beans() {
    return beans;
  }

  /** The state of the agent there, if it has one. */
  Optional<AgentState> agent() {
    return agent;
  }

  /** Whether nothing there uses TCP Fast Open: the only copy is that of an agent that is off. */
  boolean isOff() {
    return hasAgentsCopyOnly && agent.isPresent() && !agent.get().isOn();
  }

  @Override
  public void close() throws IOException {
    try (connector) {
      for (ObjectName name : created) {
        server.unregisterMBean(name);
      }
    } catch (JMException e) {
      // Another client has removed it.
    } catch (IOException e) {
      // The process has ended.
    }
  }
}
