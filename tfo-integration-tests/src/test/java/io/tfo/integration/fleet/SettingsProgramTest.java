package io.tfo.integration.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.lab.Lab;
import io.tfo.lab.test.Labs;
import io.tfo.nio.FastOpenSelectorProvider;
import io.tfo.test.ChildJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Keys and cookies by system properties alone, with every drop-in. */
@Timeout(120)
class SettingsProgramTest {
  @TempDir private Path folder;

  @BeforeEach
  void needALab() throws Exception {
    try (Lab lab = Labs.twoHosts()) {
      assertThat(lab.kind()).isNotNull();
    }
  }

  private static List<String> run(List<String> properties, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(properties);
    command.add(
        "-Djava.nio.channels.spi.SelectorProvider=" + FastOpenSelectorProvider.class.getName());
    command.add("-Dio.tfo.provider.ports=all");
    if (Runtime.version().feature() >= 24) {
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    command.addAll(List.of("-cp", ChildJvm.classPath(), SettingsProgram.class.getName()));
    command.addAll(List.of(arguments));
    ChildJvm result = ChildJvm.java(command);
    assertThat(result.exit()).as(result.output()).isZero();
    return result.output().lines().toList();
  }

  private static List<String> withoutLog(List<String> lines) {
    return lines.stream()
        .filter(line -> line.matches("(first|same|bad|reloaded|syns|excluded|true).*"))
        .toList();
  }

  @Test
  void everyListenerHasTheKeysOfTheFileAndFollowsIt() throws Exception {
    Path file = folder.resolve("keys");
    Files.writeString(file, "00000001-00000002-00000003-00000004");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));

    List<String> lines = run(List.of("-Dio.tfo.keyFile=" + file), "keys", file.toString());

    assertThat(withoutLog(lines))
        .containsExactly(
            "first COOKIE_REQUESTED",
            "same keys SYN_DATA_ACKED SYN_DATA_ACKED SYN_DATA_ACKED",
            "bad file SYN_DATA_ACKED SYN_DATA_ACKED SYN_DATA_ACKED",
            "reloaded SYN_DATA_ACKED SYN_DATA_ACKED SYN_DATA_ACKED",
            "true");
    assertThat(lines).anyMatch(line -> line.endsWith(file + ": it has no keys"));
  }

  @Test
  void noClientAsksForACookieWhereThatIsExcluded() throws Exception {
    assertThat(withoutLog(run(List.of("-Dio.tfo.plain=10.77.0.0/24"), "cookies")))
        .containsExactly("syns 0 0", "syns 0 0", "syns 0 0", "excluded 6");
  }

  @Test
  void aMalformedExclusionMakesAllConnectsPlain() throws Exception {
    List<String> lines = run(List.of("-Dio.tfo.plain=192.0.2.0/33"), "cookies");
    assertThat(withoutLog(lines)).containsExactly("syns 0 0", "syns 0 0", "syns 0 0", "excluded 6");
    assertThat(lines)
        .anyMatch(line -> line.contains("WARNING: -Dio.tfo.plain=192.0.2.0/33: block"));
    assertThat(lines)
        .anyMatch(
            line -> line.startsWith("capability DISABLED: -Dio.tfo.plain=192.0.2.0/33: block"));
  }

  /** The connector has no need to know a server; the drop-ins defer connects to known ones only. */
  @Test
  void clientsSendDataWithoutACookieToTheNamedBlocks() throws Exception {
    assertThat(withoutLog(run(List.of("-Dio.tfo.withoutCookie=10.0.0.0/8"), "cookies")))
        .containsExactly("syns 11 11", "syns 0 11", "syns 11 11", "excluded 0");
  }

  /** The listener here needs no cookie, and on Linux such a listener gives none out. */
  @Test
  void aBlockThatIsNearlyTheWholeInternetIsRefused() throws Exception {
    List<String> lines = run(List.of("-Dio.tfo.withoutCookie=0.0.0.0/1"), "cookies");
    assertThat(withoutLog(lines).get(0)).isEqualTo("syns 0 with option 0 with option");
    assertThat(lines).anyMatch(line -> line.contains("larger than the largest private one"));
  }
}
