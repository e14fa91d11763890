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
  /** An address of no lab's, whose connects are plain. */
  static final String PLAIN = "127.0.0.2";

  @Override
  protected boolean isThisJvm() {
    return System.getProperty("io.tfo.agent.jar") != null;
  }

  @Override
  protected List<String> options() {
    return List.of(
        AgentJar.option("ports=1-39999;plain=" + PLAIN),
        // A machine that is busy may take longer to the first write than a SYN waits for it.
        StoppedTimerAgent.option());
  }

  /** The agent looks for backends at the first connect, and not on a host of a lab. */
  @Override
  protected void begin() throws IOException {
    SocketChannel.open().close();
    try (ServerSocket server = new ServerSocket(0)) {
      new Socket(server.getInetAddress(), server.getLocalPort()).close();
    }
  }
}
