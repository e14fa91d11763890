package io.tfo.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class MarkdownReaderTest {
  private static Table table(Table.Better better) {
    return new Table(
        "Title, with 1,000 (more)",
        "µs",
        better,
        List.of(
            new TableRow(
                "a", "a", new Quartiles(1.25, 2.5, 3.75), new Quartiles(1, 1, 1), "read×2.00"),
            new TableRow(
                "b", "a", new Quartiles(10.5, 200, 3_000), new Quartiles(0.5, 0.6, 70), "")),
        "A note (with parentheses).");
  }

  @Test
  void readsEachTableThatMarkdownWrites() {
    List<Table> tables =
        List.of(
            table(Table.Better.LOWER),
            Table.none("Absent", "a reason"),
            table(Table.Better.HIGHER));

    assertThat(MarkdownReader.tables(Markdown.of(tables))).isEqualTo(tables);
  }

  @Test
  void passesOverWhatIsNotUnderAHeading() {
    assertThat(MarkdownReader.tables("# Figures\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")).isEmpty();
  }

  @Test
  void refusesAFigureThatIsNotAMedianWithQuartiles() {
    String text =
        Markdown.of(List.of(table(Table.Better.LOWER))).replace("2.50 (1.25 to 3.75)", "2.50");

    assertThatThrownBy(() -> MarkdownReader.tables(text)).hasMessageContaining("2.50");
  }
}
