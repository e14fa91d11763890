package io.tfo.integration.observing;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenStatistics;
import io.tfo.socket.FastOpenServerSocketFactory;
import io.tfo.socket.FastOpenSocketFactory;
import io.tfo.test.ChildJvm;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** A process without a recording and without JMX loads next to no classes of either. */
class UnobservedTest {
  private static final int CONNECTS = 3;
  private static final Pattern LOADED =
      Pattern.compile(
          "(jdk\\.jfr|javax\\.management|io\\.tfo\\.management)\\.[\\w.]+"
              + "|io\\.tfo\\.spi\\.\\w+Event\\b");

  /** Connects to itself, and prints how many connects were counted. */
  static final class Program {
    private Program() {}

    public static void main(String[] args) throws Exception {
      InetAddress loopback = InetAddress.getLoopbackAddress();
      try (ServerSocket server =
          FastOpenServerSocketFactory.system().createServerSocket(0, 50, loopback)) {
        for (int i = 0; i < CONNECTS; i++) {
          try (Socket client =
              FastOpenSocketFactory.system().createSocket(loopback, server.getLocalPort())) {
            client.getOutputStream().write(1);
            server.accept().close();
          }
        }
      }
      FastOpenStatistics all = FastOpenStatistics.snapshot();
      long plain = all.plain().values().stream().mapToLong(Long::longValue).sum();
      System.out.println("connects: " + (all.attempted() + plain));
    }
  }

  private static ChildJvm run(String option) throws Exception {
    ChildJvm child =
        ChildJvm.java(List.of(option, "-cp", ChildJvm.classPath(), Program.class.getName()));
    assertThat(child.output()).contains("connects: " + CONNECTS);
    assertThat(child.exit()).isZero();
    return child;
  }

  @Test
  void loadsOneClassOfFlightRecorderAndNoneOfJmx() throws Exception {
    assertThat(LOADED.matcher(run("-Xlog:class+load").output()).results().map(MatchResult::group))
        .containsOnly("jdk.jfr.FlightRecorder");
  }

  @Test
  void needsNeitherFlightRecorderNorJmx() throws Exception {
    run("--limit-modules=java.base,java.logging");
  }
}
