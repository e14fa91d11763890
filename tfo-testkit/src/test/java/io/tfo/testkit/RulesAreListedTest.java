package io.tfo.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class RulesAreListedTest {
  @Test
  void theReadmeListsEveryRuleInOrder() throws IOException {
    List<String> listed =
        Files.readAllLines(Path.of("README.md")).stream()
            .filter(line -> line.matches("\\| [CSW]\\d\\d \\|.*"))
            .toList();
    assertThat(listed)
        .isEqualTo(
            Conformance.rules().stream()
                .map(rule -> "| %s | %s |".formatted(rule.id(), rule.title()))
                .toList());
  }

  @Test
  void idsAreUnique() {
    assertThat(Conformance.rules()).extracting(Rule::id).doesNotHaveDuplicates();
  }
}
