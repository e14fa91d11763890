package io.tfo.integration.places;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tfo.test.ChildJvm;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Where a sandbox hides outcomes, the commands of {@code tfo} connect and accept all the same. */
@Timeout(120)
@EnabledOnOs(OS.LINUX)
class CommandsBehindAFilterTest {
  private static ChildJvm run(String... arguments) throws Exception {
    assumeTrue(Filter.isKnownHere(), "the numbers of the calls differ");
    boolean root = Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    ChildJvm child =
        ChildJvm.javaIn(
            List.of("unshare", root ? "-n" : "-Urn", "sh", "-c"),
            List.of(
                "-cp",
                ChildJvm.classPath("gson", "picocli"),
                Program.class.getName(),
                arguments[0]));
    child.expectInside();
    return child;
  }

  @Test
  void connectSaysThatTheKernelDoesNotTell() throws Exception {
    ChildJvm child = run("connect");
    assertThat(child.output())
        .contains(
            "not reported by kernel", "The kernel of this machine does not report the outcome");
    assertThat(child.exit()).as(child.output()).isEqualTo(1);
  }

  @Test
  void probeSaysThatTheKernelDoesNotTell() throws Exception {
    ChildJvm child = run("probe");
    assertThat(child.output())
        .contains("not reported by kernel", "does not report the outcome of the data in the SYN");
    assertThat(child.exit()).as(child.output()).isEqualTo(2);
  }

  @Test
  void serveEchoesAndReportsNoError() throws Exception {
    ChildJvm child = run("serve");
    assertThat(child.output())
        .contains("echoed 2 times", "Opened by SYN data: 0 of 2 connections.")
        .doesNotContain("ended by an error");
    assertThat(child.exit()).as(child.output()).isZero();
  }

  /** Runs one command behind the filter, beside the JDK's own sockets. */
  static final class Program {
    private static final int TIMES = 2;

    private Program() {}

    public static void main(String[] command) throws Exception {
      System.out.println(ChildJvm.INSIDE);
      InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
      if (command[0].equals("serve")) {
        int port = 7413; // no other process is in this namespace
        start(() -> connect(loopback, port));
        tfo("serve", String.valueOf(port), "--max", String.valueOf(TIMES));
      }
      try (ServerSocket server = new ServerSocket(0, 50, loopback)) {
        String port = String.valueOf(server.getLocalPort());
        start(() -> echo(server));
        if (command[0].equals("connect")) {
          tfo("connect", "127.0.0.1", port, "--count", "2");
        }
        tfo("probe", "127.0.0.1:" + port, "--send", "hello", "--count", "2");
      }
    }

    private interface Work {
      void run() throws IOException, InterruptedException;
    }

    private static void start(Work work) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  work.run();
                } catch (IOException | InterruptedException e) {
                  System.out.println("failed: " + e);
                }
              });
      thread.setDaemon(true);
      thread.start();
    }

    private static void echo(ServerSocket server) throws IOException {
      while (true) {
        try (Socket accepted = server.accept()) {
          accepted.getInputStream().transferTo(accepted.getOutputStream());
        } catch (java.net.SocketException e) {
          // The probe has closed it with its data unread.
        }
      }
    }

    private static void connect(InetAddress host, int port)
        throws IOException, InterruptedException {
      int times = 0;
      while (times < TIMES) {
        try (Socket socket = new Socket(host, port)) {
          socket.getOutputStream().write('e');
          times += socket.getInputStream().read() == 'e' ? 1 : 0;
          if (times == TIMES) {
            System.out.println("echoed 2 times");
          }
        } catch (java.net.ConnectException e) {
          LockSupport.parkNanos(20_000_000); // it does not listen yet
        }
      }
    }

    /** Ends this JVM. */
    private static void tfo(String... arguments) throws Exception {
      Filter.TCP_INFO_EPERM.install();
      Method main = Class.forName("io.tfo.cli.Tfo").getDeclaredMethod("main", String[].class);
      main.setAccessible(true);
      main.invoke(null, (Object) arguments);
    }
  }
}
