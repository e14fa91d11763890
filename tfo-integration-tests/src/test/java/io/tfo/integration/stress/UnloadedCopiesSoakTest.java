package io.tfo.integration.stress;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.test.ChildJvm;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Copies of the library in class loaders that are no longer used. */
@EnabledOnOs(OS.LINUX)
class UnloadedCopiesSoakTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  @Test
  void nothingButJnaKeepsACopyFromBeingUnloaded() throws Exception {
    String output =
        StressJvm.run(
            ClassLoaderCopies.class, MINUTE, List.of(ChildJvm.FIRST_COMPILER, "-Xmx128m"), "one");

    assertThat(output)
        .contains("copy 0 is unloaded", "copy 1 is unloaded", "copy 2 is unloaded")
        .doesNotContain("is kept");
  }
}
