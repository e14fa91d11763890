package io.tfo.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The files that show figures. {@code docs/figures.md} has all of them; the charts and the few
 * figures of {@code README.md} are made from it.
 *
 * @param root the repository, or a folder with the same files
 */
record Publication(Path root) {
  static final String BEGIN = "<!-- figures: written by tfo-benchmarks -->";
  static final String END = "<!-- figures: end -->";

  /** Copies the two texts into another folder, for figures that are not to be published. */
  Publication copyTo(Path folder) throws IOException {
    Publication copy = new Publication(folder);
    Files.createDirectories(copy.docs());
    Files.writeString(copy.readme(), Files.readString(readme()));
    Files.writeString(copy.figures(), Files.readString(figures()));
    return copy;
  }

  /** Writes the figures of a run, then everything that is made from them. */
  void write(Report report) throws IOException {
    Files.writeString(figures(), replace(Files.readString(figures()), Summary.figures(report)));
    draw();
  }

  /** Makes the charts and the README's figures from {@code docs/figures.md}. */
  void draw() throws IOException {
    Report report = Report.parse(Files.readString(figures()));
    Files.writeString(docs().resolve("figures.svg"), Chart.of(report.tables(), report.subtitle()));
    Files.writeString(
        docs().resolve("figures-summary.svg"), Chart.of(report.summary(), report.subtitle()));
    Files.writeString(readme(), replace(Files.readString(readme()), Summary.readme(report)));
  }

  /**
   * Replaces the text between the two marks.
   *
   * @throws IllegalArgumentException if the text does not have them
   */
  static String replace(String text, String figures) {
    int begin = text.indexOf(BEGIN);
    int end = text.indexOf(END);
    if (begin < 0 || end < begin) {
      throw new IllegalArgumentException(
          "the text lacks the marks of the figures: " + BEGIN + " and " + END);
    }
    return text.substring(0, begin + BEGIN.length())
        + "\n\n"
        + figures.strip()
        + "\n\n"
        + text.substring(end);
  }

  private Path readme() {
    return root.resolve("README.md");
  }

  private Path docs() {
    return root.resolve("docs");
  }

  private Path figures() {
    return docs().resolve("figures.md");
  }
}
