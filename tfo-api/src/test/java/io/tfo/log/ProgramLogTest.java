package io.tfo.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.spi.ConnectObservation;
import io.tfo.spi.FastOpenActivity;
import io.tfo.test.ChildJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProgramLogTest {
  /** A logger cannot be created where a part of a logging library is missing, for example. */
  @Test
  void loggingAndObservingDoNotThrowThoughNoLoggerCanBeCreated(@TempDir Path folder)
      throws Exception {
    Path services = Files.createDirectories(folder.resolve("META-INF/services"));
    Files.writeString(services.resolve("java.lang.System$LoggerFinder"), Finder.class.getName());

    ChildJvm child =
        ChildJvm.java(
            List.of(
                "-cp",
                ChildJvm.path(
                    ChildJvm.home(ProgramLog.class),
                    ChildJvm.home(Program.class),
                    folder.toString()),
                Program.class.getName()));

    assertThat(child.output()).isEqualToNormalizingNewlines("no logger: io.tfo\nnull, false\n");
    assertThat(child.exit()).isZero();
  }

  /** A logging library that cannot create a logger. */
  public static final class Finder extends System.LoggerFinder {
    @Override
    public System.Logger getLogger(String name, Module module) {
      throw new IllegalStateException("no logger: " + name);
    }
  }

  static final class Program {
    private Program() {}

    public static void main(String[] arguments) {
      try {
        System.getLogger("io.tfo").log(System.Logger.Level.WARNING, "a line");
      } catch (IllegalStateException e) {
        System.out.println(e.getMessage());
      }
      ProgramLog.log(System.Logger.Level.WARNING, "a line");
      System.out.println(
          ConnectObservation.begin("sockets", "fake") + ", " + FastOpenActivity.isAcceptObserved());
    }
  }
}
