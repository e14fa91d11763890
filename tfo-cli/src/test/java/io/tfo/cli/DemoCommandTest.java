package io.tfo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.lab.Lab;
import io.tfo.lab.LabAvailability.Kind;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class DemoCommandTest {
  @Test
  void showsTheSynAndItsCookieWhereThereIsALab() {
    Kind lab = Lab.availability().kind();
    CommandLine program = CommandLine.run("demo", "--delay", "4");
    assertThat(program.err()).isEmpty();
    if (lab == Kind.NONE) {
      assertThat(program.out()).contains("Connects over loopback", "missing: ");
    } else {
      assertThat(program.out()).contains("[SYN]", "TFO cookie ", "hello, in the first packet");
      assertThat(program.status()).isZero();
    }
    if (lab == Kind.TWO_HOSTS) {
      assertThat(program.out()).contains("HTTPS by OkHttp", "with the ClientHello in the SYN");
    }
  }

  @Test
  void passesOnTheStatusOfTheProcessThatHasTheLab() {
    CommandLine program =
        CommandLine.run(InstalledReport::here, arguments -> OptionalInt.of(1), "demo");
    assertThat(program.status()).isEqualTo(1);
    assertThat(program.out()).isEmpty();
  }

  @Test
  void saysThatThereIsNothingToShowWhereNoBackendWorks() {
    InstalledReport nothing = FakeFindings.findings(FakeFindings.FOREIGN, FakeFindings.FOREIGN);
    CommandLine program = CommandLine.run(() -> nothing, CommandLine.NEVER, "demo");
    assertThat(program.out().lines().toList())
        .isEqualTo(
            List.of(
                "There is nothing to show: no installed backend works on this machine.",
                "  chosen: made up: foreign",
                "  other: made up: foreign",
                "  a broken provider"));
    assertThat(program.status()).isEqualTo(1);
  }
}
