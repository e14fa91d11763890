package io.tfo.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PublicationTest {
  private static final Publication REPOSITORY = new Publication(Path.of(".."));
  private static final String MARKS = Publication.BEGIN + "\nold\n" + Publication.END;

  @TempDir Path folder;

  private static Report report() {
    return new Report(
        "Taken on 2026-01-02: a machine.",
        List.of(
            table(FirstByte.SUMMARY_TITLE, 0.5),
            table(ConnectionCost.CPU_TITLE, 0.97),
            table("Throughput", 1.02)));
  }

  private static Table table(String title, double ratio) {
    List<TableRow> rows =
        Contender.UNTIMED.stream()
            .map(
                each ->
                    each.baseline() == each
                        ? new TableRow(
                            each.label,
                            each.label,
                            new Quartiles(9.1, 10.2, 11.3),
                            new Quartiles(1, 1, 1),
                            "")
                        : new TableRow(
                            each.label,
                            each.baseline().label,
                            new Quartiles(1_024, 2_048, 4_096),
                            new Quartiles(ratio - 0.1, ratio, ratio + 0.1),
                            "a remark"))
            .toList();
    return new Table(title, "ms", Table.Better.LOWER, rows, "How it was measured.");
  }

  private Publication copy() throws IOException {
    return REPOSITORY.copyTo(folder);
  }

  private String read(String file) throws IOException {
    return Files.readString(folder.resolve(file));
  }

  @Test
  void replacesOnlyWhatStandsBetweenTheMarks() {
    assertThat(Publication.replace("before\n" + MARKS + "\nafter\n", "new\n"))
        .isEqualTo("before\n" + Publication.BEGIN + "\n\nnew\n\n" + Publication.END + "\nafter\n");
  }

  @Test
  void refusesATextWithoutThePlaceForFigures() {
    assertThatThrownBy(() -> Publication.replace("text", ""))
        .hasMessageContaining(Publication.BEGIN);
  }

  @Test
  void writesAllFiguresIntoTheDocumentationAndTheSummaryIntoTheReadme() throws IOException {
    copy().write(report());

    assertThat(read("docs/figures.md"))
        .contains("Taken on 2026-01-02: a machine.", "| Throughput | ", "### Throughput\n")
        .doesNotContain("2026-11-23: AMD");
    assertThat(read("README.md"))
        .contains("| " + FirstByte.SUMMARY_TITLE + " | 0.50 | 0.50 | 0.50 | 0.50 |")
        .contains("| " + ConnectionCost.CPU_TITLE + " | 0.97 |")
        .contains("Taken on 2026-01-02: a machine.")
        .doesNotContain("Throughput |");
    assertThat(read("docs/figures.svg")).contains("Throughput", "2026-01-02: a machine<");
    assertThat(read("docs/figures-summary.svg"))
        .contains(FirstByte.SUMMARY_TITLE, ConnectionCost.CPU_TITLE)
        .doesNotContain("Throughput");
  }

  @Test
  void readsTheFiguresThatItHasWritten() throws IOException {
    copy().write(report());

    assertThat(Report.parse(read("docs/figures.md"))).isEqualTo(report());
  }

  @Test
  void whatIsPublishedIsMadeFromThePublishedFigures() throws IOException {
    Publication copy = copy();
    copy.write(Report.parse(read("docs/figures.md")));

    for (String file :
        List.of("README.md", "docs/figures.md", "docs/figures.svg", "docs/figures-summary.svg")) {
      assertThat(folder.resolve(file))
          .as("%s: ./mvnw -q -Pbenchmarks -Dbenchmarks=draw verify makes it again", file)
          .hasSameTextualContentAs(Path.of("..", file));
    }
  }
}
