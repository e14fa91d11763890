package io.tfo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenCapability;
import io.tfo.lab.Lab;
import io.tfo.lab.LabAvailability.Kind;
import io.tfo.test.StoppedTimer;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class DemoCommandTest {
  /** With the timer stopped, each SYN waits for its data, as long as a busy machine takes. */
  @Test
  void showsTheSynAndItsCookieInTheLab() throws Exception {
    Kind lab = Lab.availability().kind();
    CommandRun run = StoppedTimer.during(() -> CommandRun.of("demo", "--delay", "4"));
    assertThat(run.err()).isEmpty();
    if (lab == Kind.NONE) {
      assertThat(run.out()).contains("Connects over loopback", "missing: ");
    } else {
      assertThat(run.out()).contains("[SYN]", "TFO cookie ", "hello, in the first packet");
      assertThat(run.status()).isZero();
    }
    if (lab == Kind.TWO_HOSTS) {
      assertThat(run.out()).contains("HTTPS with OkHttp", "with the ClientHello in the SYN");
    }
  }

  @Test
  void returnsTheExitStatusOfTheProcessThatCanUseTheLab() {
    CommandRun run = CommandRun.of(InstalledReport::probe, arguments -> OptionalInt.of(1), "demo");
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
  }

  @Test
  void reportsWhyIfNoBackendWorks() {
    InstalledReport installed = FakeReport.of(FakeReport.FOREIGN, FakeReport.FOREIGN);
    CommandRun run = CommandRun.of(() -> installed, CommandRun.NO_RELAUNCH, "demo");
    assertThat(run.out().lines().toList())
        .isEqualTo(
            List.of(
                "No installed backend works on this machine.",
                "  chosen: fake: foreign",
                "  other: fake: foreign",
                "  a broken provider"));
    assertThat(run.status()).isEqualTo(1);
  }

  @Test
  void demonstratesNothingThatIsSwitchedOff() {
    FastOpenCapability off = FastOpenCapability.unsupported("switched off", "remove the property");
    InstalledReport all = FakeReport.of(FakeReport.ON, FakeReport.ON);
    InstalledReport installed = new InstalledReport(all.backends(), List.of(), List.of(), off, off);
    CommandRun run = CommandRun.of(() -> installed, CommandRun.NO_RELAUNCH, "demo");
    assertThat(run.out().lines())
        .containsExactly(
            "TCP Fast Open, client side: unsupported, switched off",
            "  remedy: remove the property");
    assertThat(run.status()).isEqualTo(1);
  }
}
