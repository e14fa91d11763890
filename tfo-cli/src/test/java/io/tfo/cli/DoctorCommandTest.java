package io.tfo.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.when;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.tfo.FastOpenCapability;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class DoctorCommandTest {
  static Stream<Arguments> states() {
    return Stream.of(
        Arguments.of(FakeReport.ON, FakeReport.ON, 0, "can be used to connect and to listen"),
        Arguments.of(FakeReport.ON, FakeReport.OFF, 1, "can be used to connect, but not to listen"),
        Arguments.of(FakeReport.OFF, FakeReport.ON, 1, "can be used to listen, but not to connect"),
        Arguments.of(FakeReport.OFF, FakeReport.OFF, 2, "cannot be used"),
        Arguments.of(
            FakeReport.ON,
            FakeReport.NOT_KNOWN,
            1,
            "can be used to connect; whether to listen is not known."),
        Arguments.of(
            FakeReport.OFF,
            FakeReport.NOT_KNOWN,
            2,
            "cannot be used to connect; whether to listen is not known."),
        Arguments.of(
            FakeReport.NOT_KNOWN,
            FakeReport.ON,
            1,
            "can be used to listen; whether to connect is not known."),
        Arguments.of(
            FakeReport.NOT_KNOWN, FakeReport.NOT_KNOWN, 2, "Whether TCP Fast Open can be used"),
        Arguments.of(FakeReport.FOREIGN, FakeReport.FOREIGN, 2, "cannot be used"));
  }

  @ParameterizedTest
  @MethodSource("states")
  void exitStatusTellsWhatCanBeUsed(
      FastOpenCapability client, FastOpenCapability server, int exitStatus, String verdict) {
    CommandRun run = doctor(FakeReport.of(client, server));
    assertThat(run.status()).isEqualTo(exitStatus);
    assertThat(run.out()).contains(verdict);
    assertThat(run.err()).isEmpty();
  }

  @Test
  void printsEachBackendWithItsRemedyAndEachProblem() {
    assertThat(doctor(FakeReport.of(FakeReport.ON, FakeReport.OFF)).out().lines())
        .contains(
            "chosen (chosen)",
            "  connect  available    fake: on",
            "  listen   disabled     fake: off",
            "                        remedy: switch it on",
            "other",
            "  connect  unsupported  fake: foreign",
            "Problem: a broken provider");
  }

  @Test
  void printsThatASideIsNotKnown() {
    assertThat(doctor(FakeReport.of(FakeReport.OFF, FakeReport.NOT_KNOWN)).out().lines())
        .contains(
            "  listen   not known    fake cannot be read here; not known: it cannot be tried");
  }

  @Test
  void namesBackendsForOtherSystemsInOneLine() {
    InstalledReport installed = FakeReport.of(FakeReport.ON, FakeReport.OFF);
    when(installed.backends().get(1).backend().otherSystem()).thenReturn(Optional.of("foreign"));

    assertThat(doctor(installed).out().lines())
        .contains("Installed for other systems: other (--all shows them)")
        .doesNotContain("other", "  connect  unsupported  fake: foreign");
    assertThat(doctor(installed, "--all").out().lines())
        .contains("other", "  connect  unsupported  fake: foreign")
        .noneMatch(line -> line.startsWith("Installed for other systems"));
  }

  @Test
  void printsWhyNoBackendWasChosen() {
    FastOpenCapability none = FastOpenCapability.unsupported("nothing there", "install it");
    CommandRun run = doctor(new InstalledReport(List.of(), List.of(), List.of(), none, none));
    assertThat(run.out()).contains("No backend was chosen: nothing there", "remedy: install it");
    assertThat(run.status()).isEqualTo(2);
  }

  @Test
  void printsJson() {
    CommandRun run = doctor(FakeReport.of(FakeReport.ON, FakeReport.OFF), "--json");
    JsonObject json = JsonParser.parseString(run.out()).getAsJsonObject();
    assertThat(json.get("canConnect").getAsBoolean()).isTrue();
    assertThat(json.get("canListen").getAsBoolean()).isFalse();
    assertThat(json.getAsJsonArray("problems")).hasSize(1);
    JsonObject chosen = json.getAsJsonArray("backends").get(0).getAsJsonObject();
    assertThat(chosen.get("name").getAsString()).isEqualTo("chosen");
    assertThat(chosen.get("priority").getAsInt()).isEqualTo(7);
    assertThat(chosen.get("chosenToListen").getAsBoolean()).isTrue();
    assertThat(chosen.getAsJsonObject("client").has("remedy")).isFalse();
    assertThat(chosen.getAsJsonObject("server").get("status").getAsString()).isEqualTo("DISABLED");
    assertThat(chosen.getAsJsonObject("server").get("remedy").getAsString())
        .isEqualTo("switch it on");
    assertThat(run.status()).isEqualTo(1);
  }

  private static CommandRun doctor(InstalledReport installed, String... options) {
    return CommandRun.of(
        () -> installed,
        CommandRun.NO_RELAUNCH,
        Stream.concat(Stream.of("doctor"), Stream.of(options)).toArray(String[]::new));
  }
}
