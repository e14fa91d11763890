package io.tfo.integration.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.test.ChildJvm;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/**
 * Runs a program under load with the agent, for {@code io.tfo.agent.soakSeconds}. The resources
 * that the program holds do not grow.
 */
@EnabledOnOs(OS.LINUX)
class AgentSoakTest {
  private static final int SECONDS = Integer.getInteger("io.tfo.agent.soakSeconds", 600);

  @Test
  void descriptorsThreadsHeapAndResidentSizeDoNotGrow() throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                ChildJvm.BOTH_COMPILERS,
                AgentJar.option("ports=" + PlainProgram.PORT),
                // The whole heap is resident from the start, so only other memory can grow.
                "-Xms64m",
                "-Xmx64m",
                "-XX:+AlwaysPreTouch",
                "-cp",
                ChildJvm.home(Program.class),
                Program.class.getName(),
                String.valueOf(SECONDS)));
    if (Runtime.version().feature() >= 22) {
      command.add(0, "--enable-native-access=ALL-UNNAMED");
    }
    boolean root = Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    ChildJvm child =
        ChildJvm.javaIn(
            List.of("unshare", root ? "-n" : "-Urn", "sh", "-c"),
            command,
            Duration.ofSeconds(2L * SECONDS + 120));
    child.expectInside();
    assertThat(child.exit()).as(child.output()).isZero();

    long[] early = figures(child.output(), "early ");
    long[] late = figures(child.output(), "late ");
    assertThat(late[4]).as("SYNs with data that the server took").isGreaterThan(early[4] + 100);
    assertThat(late[0]).as("descriptors").isLessThanOrEqualTo(early[0] + 2);
    assertThat(late[1]).as("threads").isLessThanOrEqualTo(early[1] + 2);
    assertThat(late[2]).as("bytes of heap").isLessThanOrEqualTo(early[2] + (4 << 20));
    assertThat(late[3]).as("KiB resident").isLessThanOrEqualTo(early[3] + (24 << 10));
  }

  private static long[] figures(String output, String name) {
    String line = output.lines().filter(each -> each.startsWith(name)).findFirst().orElseThrow();
    return Stream.of(line.substring(name.length()).split(" ")).mapToLong(Long::parseLong).toArray();
  }

  /** Argument: for how many seconds it connects. */
  static final class Program {
    private Program() {}

    public static void main(String[] arguments) throws Exception {
      System.out.println("in the namespace");
      Files.writeString(Path.of("/proc/sys/net/ipv4/tcp_fastopen"), "3");
      Files.writeString(Path.of("/proc/sys/net/ipv4/tcp_max_tw_buckets"), "1000");
      long most = TimeUnit.SECONDS.toNanos(Long.parseLong(arguments[0]));
      java.io.PrintStream out = System.out;
      System.setOut(new java.io.PrintStream(java.io.OutputStream.nullOutputStream()));
      long start = System.nanoTime();
      String early = null;
      while (System.nanoTime() - start < most) {
        PlainProgram.fetchByAll();
        if (early == null && System.nanoTime() - start > most / 4) {
          early = "early " + figures();
        }
      }
      out.println(early);
      out.println("late " + figures());
    }

    private static String figures() throws IOException {
      System.gc();
      try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
        Runtime runtime = Runtime.getRuntime();
        return "%d %d %d %d %d"
            .formatted(
                descriptors.count(),
                ManagementFactory.getThreadMXBean().getThreadCount(),
                runtime.totalMemory() - runtime.freeMemory(),
                residentKib(),
                PlainProgram.counter("TCPFastOpenPassive"));
      }
    }

    private static long residentKib() throws IOException {
      return Files.readAllLines(Path.of("/proc/self/status")).stream()
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElseThrow();
    }
  }
}
