package io.tfo.cli;

import com.sun.tools.attach.AgentInitializationException;
import com.sun.tools.attach.AgentLoadException;
import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.util.Optional;
import java.util.Properties;

/**
 * A JVM on this machine to which this program is attached. Only this class uses the module {@code
 * jdk.attach}, which many runtimes lack; this class cannot be loaded there.
 */
final class Attachment implements AutoCloseable {
  private final long pid;
  private final VirtualMachine jvm;

  private Attachment(long pid, VirtualMachine jvm) {
    this.pid = pid;
    this.jvm = jvm;
  }

  /**
   * Attaches to a process, which {@link JavaProcess#require} has accepted.
   *
   * @throws IOException if that fails; the message says why
   * @throws NoClassDefFoundError if this runtime cannot attach to others
   */
  static Attachment to(long pid) throws IOException {
    try {
      return new Attachment(pid, VirtualMachine.attach(String.valueOf(pid)));
    } catch (AttachNotSupportedException | IOException | IllegalStateException e) {
      throw new IOException(
          "cannot attach to process %d, which must be a JVM of the same user: %s%s"
              .formatted(pid, e.getMessage(), advice(e)),
          e);
    }
  }

  /**
   * Returns advice for a failure. If a JVM forbids the attach, the JDK does not always notice, and
   * waits for an answer.
   */
  private static String advice(Exception e) {
    String message = String.valueOf(e.getMessage());
    if (message.contains("does not support the attach mechanism")
        || message.contains("doesn't respond")) {
      return "; if it runs with -XX:+DisableAttachMechanism, restart it without that option, or"
          + " with -javaagent:tfo-agent.jar";
    }
    return message.contains("JAR not found")
        ? "; give --agent a path at which that process can read the jar"
        : "";
  }

  private IOException cannotLoad(String jar, Exception e) {
    return new IOException(
        "process %d cannot load %s: %s%s".formatted(pid, jar, e.getMessage(), advice(e)), e);
  }

  /** The state of the agent there, if it has one. */
  Optional<AgentState> agent() throws IOException {
    return AgentState.of(properties());
  }

  /** The system properties there. */
  Properties properties() throws IOException {
    return jvm.getSystemProperties();
  }

  /** Starts JMX for local processes in the JVM, and returns its address. */
  String startManagement() throws IOException {
    try {
      return jvm.startLocalManagementAgent();
    } catch (IOException e) {
      throw new IOException("process %d cannot serve JMX: %s".formatted(pid, e.getMessage()), e);
    }
  }

  void loadAgent(String jar, String options) throws IOException {
    try {
      jvm.loadAgent(jar, options);
    } catch (AgentLoadException | AgentInitializationException e) {
      throw cannotLoad(jar, e);
    }
  }

  @Override
  public void close() throws IOException {
    jvm.detach();
  }
}
