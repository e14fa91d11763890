package io.tfo.integration.places;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.test.ChildJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command {@code tfo doctor} before and after the shell has run the remedy that it prints. */
@EnabledOnOs(OS.LINUX)
class DoctorRemedyTest {
  private static final String SHELL =
      """
      echo %s > /proc/sys/net/ipv4/tcp_fastopen || exit 1
      echo '%s'
      report=$("$0" "$@" --json)
      echo "before: $?"
      remedy=$(printf '%%s' "$report" | sed -n 's/.*"remedy": "\\(sysctl -w [a-z0-9_.]*=[0-9]*\\).*/\\1/p' | tail -1)
      echo "remedy: $remedy"
      $remedy
      "$0" "$@"
      echo "after: $?"
      """;

  @ParameterizedTest
  @CsvSource({"0, 2, 3", "1, 1, 3", "2, 1, 3", "1025, 1, 1027"})
  void reportsNoProblemAfterItsRemedy(String setting, int exitStatus, String value)
      throws Exception {
    boolean root = Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    ChildJvm child =
        ChildJvm.javaIn(
            List.of("unshare", root ? "-n" : "-Urn", "sh", "-c"),
            SHELL.formatted(setting, ChildJvm.INSIDE),
            List.of("-cp", ChildJvm.classPath("gson", "picocli"), "io.tfo.cli.Tfo", "doctor"),
            Duration.ofMinutes(2));
    child.expectInside();
    assertThat(child.output().lines())
        .contains("before: " + exitStatus)
        .contains("remedy: sysctl -w net.ipv4.tcp_fastopen=" + value)
        .contains("TCP Fast Open can be used to connect and to listen.", "after: 0");
  }
}
