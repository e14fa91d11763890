package io.tfo.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SummaryTest {
  @Test
  void replacesOnlyWhatStandsBetweenTheMarks() {
    Quartiles half = new Quartiles(0.4, 0.5, 0.6);
    List<Row> rows =
        Stream.of(Contender.values())
            .map(rival -> new Row(rival.label, Contender.JDK_CHANNEL.label, half, half, ""))
            .toList();
    Table table = new Table("Time", "ms", Table.Better.LOWER, rows, "");
    String text = "before\n" + Summary.BEGIN + "\nold\n" + Summary.END + "\nafter\n";

    String replaced = Summary.replace(text, List.of(table), "Taken today.");

    assertThat(replaced)
        .startsWith("before\n" + Summary.BEGIN + "\n\n![")
        .contains("| Time | 0.50 | 0.50 |", "Taken today.")
        .doesNotContain("old")
        .endsWith(Summary.END + "\nafter\n");
    assertThat(Summary.replace(replaced, List.of(table), "Taken today.")).isEqualTo(replaced);
  }

  @Test
  void refusesATextWithoutAPlaceForFigures() {
    assertThatThrownBy(() -> Summary.replace("text", List.of(), ""))
        .hasMessageContaining(Summary.BEGIN);
  }

  @Test
  void theProjectsReadmeHasThatPlace() throws IOException {
    assertThat(Files.readString(Path.of("..", "README.md"))).contains(Summary.BEGIN, Summary.END);
  }
}
