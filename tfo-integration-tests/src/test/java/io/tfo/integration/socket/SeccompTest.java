package io.tfo.integration.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tfo.FastOpenOutcome;
import io.tfo.integration.places.Filter;
import io.tfo.lab.Lab;
import io.tfo.lab.test.Labs;
import io.tfo.test.ChildJvm;
import io.tfo.test.StoppedTimer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A sandbox that filters a system call of ours, and none of the JDK's. */
@Timeout(120)
@EnabledOnOs(
    value = OS.LINUX,
    architectures = {"amd64", "aarch64"})
class SeccompTest {
  private static final String REFUSED = "the filter is refused";
  private static final String RESULT = "exchanged: ";
  private static final String SYN_DATA = "TCPFastOpenActive";

  @ParameterizedTest
  @CsvSource({"ALL_SENDTO_EPERM, true", "ALL_SENDTO_ENOSYS, false", "CONNECT_OPTION_ENOSYS, false"})
  void socketsConnectPlainly(Filter filter, boolean fromTheStart) throws Exception {
    assertThat(exchanges(filter, fromTheStart))
        .isEqualTo("[NOT_ATTEMPTED, NOT_ATTEMPTED, NOT_ATTEMPTED], 0 with SYN data");
  }

  /** The first exchange asks for a cookie. */
  @ParameterizedTest
  @EnumSource(names = {"NONE", "CONNECT_OPTION_EPERM"})
  void socketsSendSynDataIfNoneOrOneBackendAloneIsFiltered(Filter filter) throws Exception {
    assertThat(exchanges(filter, true))
        .isEqualTo("[COOKIE_REQUESTED, SYN_DATA_ACKED, SYN_DATA_ACKED], 2 with SYN data");
  }

  @ParameterizedTest
  @CsvSource({"TCP_INFO_EPERM, true, 2", "TCP_INFO_ENOSYS, false, 3"})
  void socketsSendSynDataThoughTheOutcomeIsHidden(Filter filter, boolean fromTheStart, int count)
      throws Exception {
    assertThat(exchanges(filter, fromTheStart))
        .isEqualTo("[UNKNOWN, UNKNOWN, UNKNOWN], %d with SYN data".formatted(count));
  }

  /**
   * Runs the program.
   *
   * @return the outcomes of its exchanges with the filter, and how many of them the kernel counted
   *     as TCP Fast Open
   */
  private static String exchanges(Filter filter, boolean fromTheStart) throws Exception {
    Labs.loopback().close();
    ChildJvm child =
        ChildJvm.java(
            List.of(
                "-cp",
                System.getProperty("java.class.path"),
                Program.class.getName(),
                filter.name(),
                Boolean.toString(fromTheStart)));
    assumeTrue(!child.output().contains(REFUSED), child.output());
    if (!fromTheStart) {
      assertThat(child.output()).contains("before: SYN_DATA_ACKED");
    }
    return child
        .output()
        .lines()
        .filter(line -> line.startsWith(RESULT))
        .findFirst()
        .orElseThrow(() -> new AssertionError(child.output()))
        .substring(RESULT.length());
  }

  /** The program, whose calls of one thread are filtered. */
  static final class Program {
    private Program() {}

    public static void main(String[] args) throws Exception {
      try (Lab lab = Labs.loopback()) {
        // Each listener has TCP Fast Open: the library is initialised with the filter.
        lab.client().sysctl("net.ipv4.tcp_fastopen", "1027");
        try (ServerSocket server = lab.client().call(() -> new ServerSocket(0, 5, loopback()))) {
          lab.client().start(() -> echo(server));
          lab.client().call(() -> run(lab, server.getLocalPort(), args));
        }
      }
      System.exit(0);
    }

    private static InetAddress loopback() throws IOException {
      return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    }

    private static boolean echo(ServerSocket server) throws IOException {
      while (!server.isClosed()) {
        try (Socket accepted = server.accept()) {
          accepted.getOutputStream().write(accepted.getInputStream().read());
        }
      }
      return true;
    }

    private static boolean run(Lab lab, int port, String[] args) throws Exception {
      boolean fromTheStart = Boolean.parseBoolean(args[1]);
      if (!fromTheStart) {
        System.out.println("before: " + exchangeTwice(port));
      }
      try {
        Filter.valueOf(args[0]).install();
      } catch (IllegalStateException e) {
        System.out.println(REFUSED + ": " + e.getMessage());
        return false;
      }
      long before = lab.client().counter(SYN_DATA);
      List<FastOpenOutcome> outcomes = new ArrayList<>();
      while (outcomes.size() < 3) {
        outcomes.add(StoppedTimer.during(() -> exchange(port)));
      }
      long withSynData = lab.client().counter(SYN_DATA) - before;
      System.out.println(RESULT + outcomes + ", " + withSynData + " with SYN data");
      return true;
    }

    /** The first connect asks for a cookie, the second one has it. */
    private static FastOpenOutcome exchangeTwice(int port) throws Exception {
      exchange(port);
      return StoppedTimer.during(() -> exchange(port));
    }

    /** The outcome is unknown where the filter hides it. */
    private static FastOpenOutcome exchange(int port) throws IOException {
      try (Socket socket = SocketLab.factory().createSocket(loopback(), port)) {
        socket.getOutputStream().write('e');
        if (socket.getInputStream().read() != 'e') {
          throw new IOException("no echo");
        }
        try {
          return SocketLab.factory().outcome(socket);
        } catch (IOException e) {
          return FastOpenOutcome.UNKNOWN;
        }
      }
    }
  }
}
