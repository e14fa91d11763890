package io.tfo.integration.stress;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.test.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Runs a program in a JVM and a network namespace of its own, where it may change settings. */
final class StressJvm {
  private static final Path FIGURES = Path.of("target", "stress");

  private StressJvm() {}

  /**
   * Runs a program of this package, expects it to end with 0, and returns what it printed. The
   * figures that it printed stay in {@code target/stress}.
   */
  static String run(Class<?> main, Duration most, List<String> options, Object... arguments)
      throws Exception {
    return runAfter("true", main, most, options, arguments);
  }

  /**
   * Runs as {@link #run} does, after a line of shell in a mount namespace. Only the program sees
   * the mounts of that line.
   */
  static String runAfter(
      String shell, Class<?> main, Duration most, List<String> options, Object... arguments)
      throws Exception {
    List<String> command = new ArrayList<>(List.of(ChildJvm.BOTH_COMPILERS));
    command.addAll(options);
    if (Runtime.version().feature() >= 22) {
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    command.addAll(List.of("-cp", ChildJvm.classPath(), main.getName()));
    for (Object each : arguments) {
      command.add(each.toString());
    }
    boolean root = Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    ChildJvm child =
        ChildJvm.javaIn(
            List.of(
                "unshare",
                root ? "-mn" : "-Urmn",
                "sh",
                "-c",
                shell + " && exec sh -c \"$0\" \"$@\""),
            command,
            most);
    child.expectInside();
    keep(main, options, arguments, child.output());
    assertThat(child.exit()).as(child.output()).isZero();
    return child.output();
  }

  private static void keep(Class<?> main, List<String> options, Object[] arguments, String output)
      throws IOException {
    Files.writeString(
        Files.createDirectories(FIGURES).resolve(main.getSimpleName() + ".txt"),
        "%s %s%n%s%n".formatted(options, List.of(arguments), output),
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }
}
