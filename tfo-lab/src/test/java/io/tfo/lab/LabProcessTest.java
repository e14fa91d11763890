package io.tfo.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tfo.lab.LabAvailability.Kind;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LabProcessTest {

  /**
   * Prints its arguments, the kind of lab that is possible in its JVM, and whether it needs another
   * JVM.
   */
  static final class Report {
    private Report() {}

    public static void main(String[] args) {
      System.out.println(String.join(",", args) + " " + Lab.availability());
      System.out.println("needed " + LabProcess.needed());
    }
  }

  @Test
  void isNotNeededWhereALabIsPossible() {
    assumeTrue(Lab.availability().kind() != Kind.NONE, () -> Lab.availability().toString());
    assertThat(LabProcess.needed()).isFalse();
  }

  @Test
  void startsAJvmInWhichALabIsPossible() throws Exception {
    assumeTrue(!Report.class.getModule().isNamed(), "tests patch their module: no such program");
    LabAvailability here = Lab.availability();
    assumeTrue(here.kind() != Kind.NONE || LabProcess.needed(), here::toString);
    Process process =
        LabProcess.builder(List.of("-Xshare:auto"), Report.class, List.of("a", "b"))
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assumeTrue(!output.contains("unshare failed"), output);
    assertThat(output).contains("a,b TWO_HOSTS").contains("needed false");
  }
}
