package io.tfo.backend.bsd;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.backend.bsd.SimulatedFreeBsd.Version;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The calls that ran on real kernels, and their results.
 *
 * @param sections those of one version
 */
record Record(List<Section> sections) {
  private static final String RESOURCE = "/records/freebsd.txt";

  /**
   * Calls that belong together.
   *
   * @param name what they are about
   * @param lines a call each, and its result after {@code ->}
   */
  record Section(String name, List<String> lines) {}

  /** Reads the record of a version. */
  static Record of(Version version) throws IOException {
    List<Section> sections = new ArrayList<>();
    for (String line : lines()) {
      if (line.startsWith("== ")) {
        sections.add(new Section(line.substring(3), new ArrayList<>()));
      } else if (!line.isBlank() && !line.startsWith("#") && isOf(line, version)) {
        sections.get(sections.size() - 1).lines().add(line.replaceFirst("^1\\d\\.\\d ", ""));
      }
    }
    sections.removeIf(section -> section.lines().isEmpty());
    return new Record(sections);
  }

  private static boolean isOf(String line, Version version) {
    return !line.matches("1\\d\\.\\d .*") || line.startsWith(version + " ");
  }

  private static List<String> lines() throws IOException {
    try (InputStream in = Record.class.getResourceAsStream(RESOURCE)) {
      assertThat(in).as(RESOURCE).isNotNull();
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
  }
}
