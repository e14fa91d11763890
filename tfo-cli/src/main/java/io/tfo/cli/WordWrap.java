package io.tfo.cli;

import java.util.stream.Stream;

/** Breaks a text into lines between its words. */
final class WordWrap {
  private WordWrap() {}

  static Stream<String> wrap(String text, int width) {
    Stream.Builder<String> lines = Stream.builder();
    StringBuilder line = new StringBuilder();
    for (String word : text.split("\\s+", -1)) {
      if (!line.isEmpty() && line.length() + 1 + word.length() > width) {
        lines.add(line.toString());
        line.setLength(0);
      }
      line.append(line.isEmpty() ? "" : " ").append(word);
    }
    return lines.add(line.toString()).build();
  }
}
