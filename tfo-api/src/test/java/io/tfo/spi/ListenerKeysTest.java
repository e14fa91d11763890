package io.tfo.spi;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.test.ChildJvm;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@DisabledOnOs(value = OS.WINDOWS, disabledReason = "no POSIX permissions")
class ListenerKeysTest {
  @TempDir private Path folder;

  /** Prints the problem in a JVM where no listener has asked for keys. */
  static final class Program {
    private Program() {}

    public static void main(String[] arguments) {
      System.out.println("problem: " + ListenerKeys.processProblem().orElse("none"));
    }
  }

  private static String problemWith(Path file) throws Exception {
    ChildJvm child =
        ChildJvm.java(
            List.of(
                "-Dio.tfo.keyFile=" + file,
                "-cp",
                ChildJvm.home(ListenerKeys.class)
                    + File.pathSeparator
                    + ChildJvm.home(Program.class),
                Program.class.getName()));
    assertThat(child.exit()).as(child.output()).isZero();
    return child.output();
  }

  @Test
  void tellTheProblemOfAFileThatNoListenerHasReadSoFar() throws Exception {
    Path file = folder.resolve("keys");
    assertThat(problemWith(file)).contains("problem: " + file + ": there is no such file");

    Files.writeString(file, "00000001-00000002-00000003-00000004");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    assertThat(problemWith(file)).contains("problem: none");
  }
}
