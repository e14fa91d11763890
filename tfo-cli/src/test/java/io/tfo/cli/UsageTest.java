package io.tfo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UsageTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          docter                       | tfo: unmatched argument at index 0: 'docter'
          doctor --jason               | tfo doctor: unknown option: '--jason'
          doctor x                     | tfo doctor: unmatched argument at index 1: 'x'
          demo --delay                 | tfo demo: missing required parameter for option '--delay'
          demo --delay x               | tfo demo: invalid value for option '--delay'
          demo --delay -1              | tfo demo: --delay is -1, but must be from 0 to 10000
          conformance --rule X1        | tfo conformance: there is no rule X1
          conformance --backend x      | tfo conformance: there is no backend x
          serve                        | tfo serve: missing required parameter: 'PORT'
          serve 65536                  | tfo serve: PORT is 65536, but must be from 0 to 65535
          serve 0 --max 0              | tfo serve: --max is 0, but 1 is the least
          connect localhost            | tfo connect: missing required parameter: 'PORT'
          connect localhost 0          | tfo connect: PORT is 0, but must be from 1 to 65535
          connect localhost 1 --count 0| tfo connect: --count is 0, but must be from 1 to 1000000
          connect localhost 1 --timeout 0| tfo connect: --timeout is 0, but must be from 1 to 3600
          connect localhost 1 --data ''| tfo connect: the length of --data is 0
          """)
  void answersAWrongCommandLineWithOneLineAndStatus64(String commandLine, String message) {
    CommandLine program = CommandLine.run(commandLine.replace("''", "").split(" ", -1));
    assertThat(program.err()).startsWith(message).doesNotContain("\tat ");
    assertThat(program.err().lines().count()).isLessThanOrEqualTo(2);
    assertThat(program.out()).isEmpty();
    assertThat(program.status()).isEqualTo(64);
  }

  @Test
  void listsTheCommandsWhereNoneIsGiven() {
    CommandLine program = CommandLine.run();
    assertThat(program.err()).contains("doctor", "demo", "conformance", "serve", "connect");
    assertThat(program.status()).isEqualTo(64);
  }

  @ParameterizedTest
  @ValueSource(strings = {"doctor", "demo", "conformance", "serve", "connect"})
  void explainsEachCommandAndItsExitStatus(String command) {
    CommandLine program = CommandLine.run(command, "--help");
    assertThat(program.out()).startsWith("Usage: tfo " + command).contains("Exit status:", "64");
    assertThat(program.out().lines()).allMatch(line -> line.length() <= Terminal.WIDTH);
    assertThat(program.status()).isZero();
    assertThat(CommandLine.run(command, "--version").out()).startsWith("tfo ");
  }
}
