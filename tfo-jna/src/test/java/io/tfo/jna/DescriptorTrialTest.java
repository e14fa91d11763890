package io.tfo.jna;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DescriptorTrialTest {
  @TempDir private Path folder;

  @Test
  void succeedsWhereAFileCanBeOpened() {
    assertThatCode(DescriptorTrial::require).doesNotThrowAnyException();
  }

  /** The system opens no folder as a file: its error stands for that of too many open files. */
  @Test
  void failsWhereAFileThatIsThereCannotBeOpened() {
    assertThatIOException().isThrownBy(() -> DescriptorTrial.require(folder.toFile()));
  }

  @Test
  void tellsNothingWhereTheFileIsMissing() {
    assertThatCode(() -> DescriptorTrial.require(folder.resolve("missing").toFile()))
        .doesNotThrowAnyException();
  }
}
