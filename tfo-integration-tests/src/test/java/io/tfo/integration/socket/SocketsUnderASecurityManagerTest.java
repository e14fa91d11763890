package io.tfo.integration.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenOutcome;
import io.tfo.lab.Lab;
import io.tfo.lab.test.Labs;
import io.tfo.socket.FastOpenServerSocketFactory;
import io.tfo.socket.FastOpenSocketFactory;
import io.tfo.test.ChildJvm;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketPermission;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.AccessControlContext;
import java.security.AccessController;
import java.security.PermissionCollection;
import java.security.PrivilegedExceptionAction;
import java.security.ProtectionDomain;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;

/** A program connects with the permission that it needs for plain sockets, and no other. */
@Timeout(120)
@EnabledForJreRange(max = JRE.JAVA_23)
class SocketsUnderASecurityManagerTest {
  @Test
  void noPermissionIsNeededButThatToConnect(@TempDir Path folder) throws Exception {
    Labs.loopback().close();
    Path policy = folder.resolve("policy");
    Files.writeString(policy, "grant { permission java.security.AllPermission; };");
    ChildJvm child =
        ChildJvm.java(
            List.of(
                "-Djava.security.manager",
                "-Djava.security.policy==" + policy,
                "-cp",
                System.getProperty("java.class.path"),
                Program.class.getName()));
    assertThat(child.output()).contains("with it: [SYN_DATA_ACKED, SYN_DATA_ACKED]");
  }

  /** The program. The library is initialised with all permissions, and used with one. */
  @SuppressWarnings("removal")
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
        PrivilegedExceptionAction<List<FastOpenOutcome>> twice =
            () -> List.of(exchange(factory, server), exchange(factory, server));
        return AccessController.doPrivileged(twice, mayConnect());
      }
    }

    private static AccessControlContext mayConnect() {
      SocketPermission connect = new SocketPermission("*", "accept,connect,resolve");
      PermissionCollection permissions = connect.newPermissionCollection();
      permissions.add(connect);
      return new AccessControlContext(
          new ProtectionDomain[] {new ProtectionDomain(null, permissions)});
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
}
