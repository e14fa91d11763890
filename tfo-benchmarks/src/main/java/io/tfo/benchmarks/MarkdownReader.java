package io.tfo.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the tables that {@link Markdown} writes, so that charts can be drawn without measuring. */
final class MarkdownReader {
  private static final Pattern SECTION =
      Pattern.compile("(?s)(?<=^|\n)" + Markdown.HEADING + "([^\n]+)\n\n(.*?)(?=\n#|\n<!--|\\z)");
  private static final Pattern HEAD =
      Pattern.compile(
          "\\| \\| (.*), median \\(quartiles\\) \\| ratio \\(quartiles\\), (.*) \\| to ");
  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| ([^|]+) \\| ([^|]+) \\| ([^|]+) \\| ([^|]*) \\| ([^|]*) \\|$");
  private static final Pattern QUARTILES = Pattern.compile("(\\S+) \\((\\S+) to (\\S+)\\)");

  private MarkdownReader() {}

  static List<Table> tables(String text) {
    return SECTION.matcher(text).results().map(MarkdownReader::table).toList();
  }

  private static Table table(MatchResult section) {
    String text = section.group(2);
    String note = text.strip().replaceFirst("(?s).*\n", "");
    Matcher head = HEAD.matcher(text);
    if (!head.find()) {
      return new Table(section.group(1), "", Table.Better.LOWER, List.of(), note);
    }
    List<TableRow> rows = new ArrayList<>();
    ROW.matcher(text.substring(head.end())).results().map(MarkdownReader::row).forEach(rows::add);
    return new Table(section.group(1), head.group(1), better(head.group(2)), rows, note);
  }

  private static Table.Better better(String words) {
    for (Table.Better each : Table.Better.values()) {
      if (each.words.equals(words)) {
        return each;
      }
    }
    throw new IllegalArgumentException("neither lower nor higher is better: " + words);
  }

  private static TableRow row(MatchResult row) {
    String name = row.group(1);
    boolean isBaseline = row.group(4).isBlank();
    return new TableRow(
        name,
        isBaseline ? name : row.group(4),
        quartiles(row.group(2)),
        isBaseline ? new Quartiles(1, 1, 1) : quartiles(row.group(3)),
        row.group(5).strip());
  }

  private static Quartiles quartiles(String text) {
    Matcher found = QUARTILES.matcher(text);
    if (!found.matches()) {
      throw new IllegalArgumentException("not a median with its quartiles: " + text);
    }
    return new Quartiles(number(found.group(2)), number(found.group(1)), number(found.group(3)));
  }

  private static double number(String text) {
    return Double.parseDouble(text.replace(",", ""));
  }
}
