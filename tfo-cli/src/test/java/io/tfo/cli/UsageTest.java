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
          doctor --pid 0               | tfo doctor: --pid is 0, but must be at least 1
          doctor --pid 1 --all         | tfo doctor: --all and --pid are mutually exclusive
          doctor x                     | tfo doctor: unmatched argument at index 1: 'x'
          demo --delay                 | tfo demo: missing required parameter for option '--delay'
          demo --delay x               | tfo demo: invalid value for option '--delay'
          demo --delay -1              | tfo demo: --delay is -1, but must be from 0 to 10000
          conformance --rule X1        | tfo conformance: there is no rule X1
          conformance --backend x      | tfo conformance: there is no backend x
          attach                       | tfo attach: missing required parameter: 'PID'
          attach 0                     | tfo attach: PID is 0, but must be at least 1
          attach 1 --off --options x=y | tfo attach: --off and --options are mutually exclusive
          top                          | tfo top: missing required parameter: 'PID'
          top 0                        | tfo top: PID is 0, but must be at least 1
          top 1 --count 0              | tfo top: --count is 0, but must be at least 1
          probe                        | tfo probe: missing required parameter: 'HOST[:PORT]'
          probe localhost:x            | tfo probe: PORT is 'x', but must be a number
          probe localhost:-1           | tfo probe: PORT is -1, but must be from 1 to 65535
          probe :443                   | tfo probe: HOST is empty
          serve 0 --bind ''            | tfo serve: --bind is empty
          probe localhost --count 0    | tfo probe: --count is 0, but must be from 1 to 1000
          probe localhost --send ''    | tfo probe: the length of --send is 0
          probe localhost --tls --http | tfo probe: error: --tls, --http are mutually exclusive
          serve                        | tfo serve: missing required parameter: 'PORT'
          serve 65536                  | tfo serve: PORT is 65536, but must be from 0 to 65535
          serve 0 --max 0              | tfo serve: --max is 0, but must be at least 1
          connect localhost            | tfo connect: missing required parameter: 'PORT'
          connect '' 7413              | tfo connect: HOST is empty
          connect localhost 0          | tfo connect: PORT is 0, but must be from 1 to 65535
          connect localhost 1 --count 0| tfo connect: --count is 0, but must be from 1 to 1000000
          connect localhost 1 --timeout 0| tfo connect: --timeout is 0, but must be from 1 to 3600
          connect localhost 1 --data ''| tfo connect: the length of --data is 0
          """)
  void reportsAWrongCommandLineOnOneLineWithStatus64(String commandLine, String message) {
    CommandRun run = CommandRun.of(commandLine.replace("''", "").split(" ", -1));
    assertThat(run.err()).startsWith(message).doesNotContain("\tat ");
    assertThat(run.err().lines().count()).isLessThanOrEqualTo(2);
    assertThat(run.out()).isEmpty();
    assertThat(run.status()).isEqualTo(64);
  }

  @Test
  void listsTheCommandsIfNoneIsGiven() {
    CommandRun run = CommandRun.of();
    assertThat(run.err())
        .contains("doctor", "top", "attach", "probe", "demo", "conformance", "serve", "connect");
    assertThat(run.status()).isEqualTo(64);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"doctor", "top", "attach", "probe", "demo", "conformance", "serve", "connect"})
  void explainsEachCommandAndItsExitStatus(String command) {
    CommandRun run = CommandRun.of(command, "--help");
    assertThat(run.out()).startsWith("Usage: tfo " + command).contains("Exit status:", "64");
    assertThat(run.out().lines()).allMatch(line -> line.length() <= Terminal.WIDTH);
    assertThat(run.status()).isZero();
    assertThat(CommandRun.of(command, "--version").out()).startsWith("tfo ");
  }
}
