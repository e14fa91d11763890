package io.tfo.integration.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenOutcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Measures what the counters show for each mistake: the page for operators has the same. */
@Timeout(60)
class MistakesTest {
  private static final Path PAGE = Path.of("../docs/fleets.md");
  private static final int FIRST_PORT = 21_000;
  private static final int CONNECTS = 30;

  private static final List<FastOpenOutcome> OUTCOMES =
      List.of(
          FastOpenOutcome.SYN_DATA_ACKED,
          FastOpenOutcome.SYN_DATA_NOT_ACKED,
          FastOpenOutcome.COOKIE_REQUESTED);

  private static final List<String> COUNTERS =
      List.of(
          "TCPFastOpenPassive",
          "TCPFastOpenPassiveFail",
          "TCPFastOpenCookieReqd",
          "TCPFastOpenPassiveAltKey");

  @ParameterizedTest
  @EnumSource
  void theTableHasWhatIsMeasured(Mistake mistake) throws Exception {
    try (Fleet fleet = Fleet.open(Mistake.SERVERS)) {
      mistake.prepare(fleet);
      mistake.serve(fleet);
      Map<FastOpenOutcome, Integer> outcomes = new EnumMap<>(FastOpenOutcome.class);
      fleet
          .lab
          .client()
          .call(
              () -> {
                for (int i = 0; i < CONNECTS; i++) {
                  if (i == CONNECTS / 2) {
                    mistake.halfWay(fleet);
                  }
                  outcomes.merge(fleet.exchange(FIRST_PORT + i), 1, Integer::sum);
                }
                return null;
              });
      String row =
          Stream.concat(
                  OUTCOMES.stream().map(each -> outcomes.getOrDefault(each, 0).toString()),
                  COUNTERS.stream().map(each -> Long.toString(fleet.servers(each))))
              .collect(Collectors.joining(" | ", "| " + mistake.text + " | ", " |"));

      assertThat(outcomes.keySet()).isSubsetOf(OUTCOMES);
      assertThat(Files.readString(PAGE)).contains(row);
    }
  }
}
