package io.tfo.jna;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DescriptorTrialTest {
  private static final String JAVA_HOME = "java.home";

  private final String javaHome = System.getProperty(JAVA_HOME);

  @TempDir private Path folder;

  @AfterEach
  void restoreTheJdk() {
    System.setProperty(JAVA_HOME, javaHome);
  }

  @Test
  void succeedsWhereAFileCanBeOpened() {
    assertThatCode(DescriptorTrial::require).doesNotThrowAnyException();
  }

  /** The system opens no folder as a file: its error stands for that of too many open files. */
  @Test
  void failsWhereAFileThatIsThereCannotBeOpened() throws Exception {
    Files.createDirectories(folder.resolve("lib/modules"));
    System.setProperty(JAVA_HOME, folder.toString());

    assertThatIOException().isThrownBy(DescriptorTrial::require);
  }

  @Test
  void tellsNothingWhereTheFileIsMissing() {
    System.setProperty(JAVA_HOME, folder.toString());

    assertThatCode(DescriptorTrial::require).doesNotThrowAnyException();
  }
}
