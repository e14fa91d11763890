package io.tfo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.tfo.FastOpenCapability;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class DoctorCommandTest {
  static Stream<Arguments> states() {
    return Stream.of(
        Arguments.of(FakeFindings.ON, FakeFindings.ON, 0, "both ways"),
        Arguments.of(FakeFindings.ON, FakeFindings.OFF, 1, "listeners here do not accept"),
        Arguments.of(FakeFindings.OFF, FakeFindings.ON, 1, "connects from here do not send"),
        Arguments.of(FakeFindings.OFF, FakeFindings.OFF, 2, "cannot be used"),
        Arguments.of(FakeFindings.FOREIGN, FakeFindings.FOREIGN, 2, "cannot be used"));
  }

  @ParameterizedTest
  @MethodSource("states")
  void exitsByWhatCanBeUsed(
      FastOpenCapability client, FastOpenCapability server, int status, String verdict) {
    CommandLine program = doctor(FakeFindings.findings(client, server));
    assertThat(program.status()).isEqualTo(status);
    assertThat(program.out()).contains(verdict);
    assertThat(program.err()).isEmpty();
  }

  @Test
  void printsEachBackendWithItsRemedyAndTheProblems() {
    assertThat(doctor(FakeFindings.findings(FakeFindings.ON, FakeFindings.OFF)).out().lines())
        .contains(
            "chosen (chosen)",
            "  connect  available    made up: on",
            "  listen   disabled     made up: off",
            "                        remedy: switch it on",
            "other",
            "  connect  unsupported  made up: foreign",
            "Problem: a broken provider");
  }

  @Test
  void saysWhyNothingIsChosen() {
    FastOpenCapability none = FastOpenCapability.unsupported("nothing there", "install it");
    CommandLine program = doctor(new InstalledReport(List.of(), List.of(), none, none));
    assertThat(program.out()).contains("No backend is chosen: nothing there", "remedy: install it");
    assertThat(program.status()).isEqualTo(2);
  }

  @Test
  void printsJsonForPrograms() {
    CommandLine program =
        doctor(FakeFindings.findings(FakeFindings.ON, FakeFindings.OFF), "--json");
    JsonObject json = JsonParser.parseString(program.out()).getAsJsonObject();
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
    assertThat(program.status()).isEqualTo(1);
  }

  private static CommandLine doctor(InstalledReport findings, String... options) {
    return CommandLine.run(
        () -> findings,
        CommandLine.NEVER,
        Stream.concat(Stream.of("doctor"), Stream.of(options)).toArray(String[]::new));
  }
}
