package io.tfo.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfo.FastOpenConnector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class RulesAreListedTest {
  @Test
  void theReadmeListsEveryRuleInOrderWithItsStrengthAndSource() throws IOException {
    List<String> listed =
        Files.readAllLines(Path.of("README.md")).stream()
            .filter(line -> line.matches("\\| [CSW]\\d\\d \\|.*"))
            .toList();
    assertThat(listed)
        .isEqualTo(Conformance.rules().stream().map(RulesAreListedTest::row).toList());
  }

  private static String row(Rule rule) {
    return "| %s | %s | %s | %s | %s |"
        .formatted(
            rule.id(),
            rule.strength(),
            rule.title(),
            rule.source().name().startsWith("RFC") || rule.source().name().startsWith("Linux")
                ? rule.source()
                : "`" + rule.source() + "`",
            rule.skippedWhen().isEmpty() ? "never" : rule.skippedWhen());
  }

  @Test
  void idsAreUnique() {
    assertThat(Conformance.rules()).extracting(Rule::id).doesNotHaveDuplicates();
  }

  @Test
  void aRuleFromWhichABackendMayBeExcusedSaysWhen() {
    assertThat(Conformance.rules())
        .filteredOn(rule -> rule.strength() == RuleStrength.SHOULD)
        .isNotEmpty()
        .allSatisfy(rule -> assertThat(rule.skippedWhen()).isNotEmpty());
  }

  @Test
  void aSourceNamesAMethodThatExists() {
    assertThat(RuleSource.javadoc(FastOpenConnector.class, "open"))
        .hasToString("FastOpenConnector.open");
    assertThatThrownBy(() -> RuleSource.javadoc(FastOpenConnector.class, "reopen"))
        .hasMessage("interface io.tfo.FastOpenConnector has no method reopen");
  }
}
