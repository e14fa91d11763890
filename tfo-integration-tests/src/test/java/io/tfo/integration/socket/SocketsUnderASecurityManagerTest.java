package io.tfo.integration.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenListener;
import io.tfo.FastOpenOutcome;
import io.tfo.integration.jvm.ManagedJvm;
import io.tfo.integration.jvm.StoppedTimerAgent;
import io.tfo.lab.Lab;
import io.tfo.lab.test.Labs;
import io.tfo.socket.FastOpenServerSocketFactory;
import io.tfo.socket.FastOpenSocketFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketPermission;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.Permission;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;

/** A program connects and listens with the permission for plain sockets, and no other. */
@Timeout(120)
@EnabledForJreRange(max = JRE.JAVA_23)
class SocketsUnderASecurityManagerTest {
  @TempDir private Path folder;

  @Test
  void noPermissionIsNeededButThatToConnect() throws Exception {
    // A busy machine may reach the first write later than the SYN waits for it.
    assertThat(output(List.of(StoppedTimerAgent.option()), Program.class))
        .contains("with it: [SYN_DATA_ACKED, SYN_DATA_ACKED]");
  }

  @Test
  void noPermissionIsNeededButThatToListenWhereTheProcessHasAFileOfKeys() throws Exception {
    Path file = folder.resolve("keys");
    Files.writeString(file, "secret correct horse\nperiod PT24H");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));

    assertThat(output(List.of("-Dio.tfo.keyFile=" + file), ListeningProgram.class))
        .containsSubsequence(
            "with it: AVAILABLE", "bound", "the key file cannot be used: " + file + ": there is no")
        .doesNotContain("access denied");
  }

  private String output(List<String> options, Class<?> program) throws Exception {
    Labs.loopback().close();
    return ManagedJvm.run(folder, ManagedJvm.ALL, options, program).output();
  }

  /** The program. The library is initialised with all permissions, and used with one. */
  static final class Program {
    private Program() {}

    public static void main(String[] args) throws Exception {
      try (Lab lab = Labs.loopback()) {
        lab.client().sysctl("net.ipv4.tcp_fastopen", "3");
        System.out.println("with it: " + lab.client().call(Program::outcomes));
      }
      System.exit(0);
    }

    private static List<FastOpenOutcome> outcomes() throws Exception {
      FastOpenSocketFactory factory = FastOpenSocketFactory.system();
      try (ServerSocket server =
          FastOpenServerSocketFactory.system()
              .createServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
        exchange(factory, server);
        return ManagedJvm.with(
            new SocketPermission("*", "accept,connect,resolve"),
            () -> List.of(exchange(factory, server), exchange(factory, server)));
      }
    }

    private static FastOpenOutcome exchange(FastOpenSocketFactory factory, ServerSocket server)
        throws IOException {
      try (Socket client = factory.createSocket(server.getInetAddress(), server.getLocalPort())) {
        client.getOutputStream().write('x');
        try (Socket accepted = server.accept()) {
          accepted.getOutputStream().write(accepted.getInputStream().read());
          client.getInputStream().read();
        }
        return factory.outcome(client);
      }
    }
  }

  /** A program that listens, in the same way. */
  static final class ListeningProgram {
    private ListeningProgram() {}

    public static void main(String[] args) throws Exception {
      try (Lab lab = Labs.loopback()) {
        lab.client().sysctl("net.ipv4.tcp_fastopen", "3");
        System.out.println("then: " + lab.client().call(ListeningProgram::listen));
      }
      System.exit(0);
    }

    private static FastOpenCapability listen() throws Exception {
      FastOpenListener listener = FastOpenListener.system();
      FastOpenServerSocketFactory factory = FastOpenServerSocketFactory.system();
      Permission mayListen = new SocketPermission("*", "listen,resolve");

      System.out.println("with it: " + ManagedJvm.with(mayListen, listener::capability));
      try (ServerSocket server = ManagedJvm.with(mayListen, () -> factory.createServerSocket(0))) {
        System.out.println("bound to " + server.getLocalPort());
        Files.delete(Path.of(System.getProperty("io.tfo.keyFile")));
        FastOpenCapability now;
        do { // until the thread that follows the file has found that out; the test has a time limit
          now = ManagedJvm.with(mayListen, listener::capability);
        } while (!now.detail().contains("there is no such file"));
        return now;
      }
    }
  }
}
