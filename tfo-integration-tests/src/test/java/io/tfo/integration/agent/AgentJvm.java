package io.tfo.integration.agent;

import io.tfo.integration.jvm.InChildJvm;
import io.tfo.integration.jvm.StoppedTimerAgent;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.util.List;

/** Runs the tests of a class in a JVM that has the agent. Its class path has the library, too. */
final class AgentJvm extends InChildJvm {
  /** An address outside every lab. Connects to it are plain. */
  static final String PLAIN = "127.0.0.2";

  @Override
  protected boolean isThisJvm() {
    return System.getProperty("io.tfo.agent.jar") != null;
  }

  @Override
  protected List<String> options() {
    return List.of(
        AgentJar.option("ports=1-39999;plain=" + PLAIN),
        // A busy machine may reach the first write later than the SYN waits for it.
        StoppedTimerAgent.option());
  }

  /** Connects outside the labs: the agent looks for backends at the first connect. */
  @Override
  protected void begin() throws IOException {
    SocketChannel.open().close();
    try (ServerSocket server = new ServerSocket(0)) {
      new Socket(server.getInetAddress(), server.getLocalPort()).close();
    }
  }
}
