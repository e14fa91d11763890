package io.tfo.benchmarks;

import java.util.List;
import java.util.Locale;

/**
 * Draws the ratios as bars, in SVG: one panel for each table. Bars begin at zero and have their
 * quartiles as a line; a line through 1 marks the baseline.
 */
final class Chart {
  private static final int COLUMNS = 2;
  private static final int PANEL_WIDTH = 480;
  private static final int LABELS = 170;
  private static final int VALUES = 92;
  private static final int BAR = 14;
  private static final int STEP = 20;
  private static final int HEAD = 46;
  private static final int FOOT = 30;
  private static final int MARGIN = 16;
  private static final int TOP = 82;

  private static final String LEGEND =
      "1 is the JDK's SocketChannel; for the socket factory its Socket, for the selector provider its"
          + " channel with a selector. Bars are medians, lines the quartiles.";
  private static final String OURS = "#1b6ca8";
  private static final String OTHERS = "#a9b4bf";
  private static final String INK = "#1f2328";
  private static final String FAINT = "#59636e";

  private final StringBuilder svg = new StringBuilder();

  private Chart() {}

  static String of(List<Table> tables, String subtitle) {
    return new Chart().draw(tables.stream().filter(t -> !t.rows().isEmpty()).toList(), subtitle);
  }

  private String draw(List<Table> tables, String subtitle) {
    int width = 2 * MARGIN + COLUMNS * PANEL_WIDTH;
    int y = TOP;
    for (int first = 0; first < tables.size(); first += COLUMNS) {
      List<Table> line = tables.subList(first, Math.min(first + COLUMNS, tables.size()));
      for (int column = 0; column < line.size(); column++) {
        panel(line.get(column), MARGIN + column * PANEL_WIDTH, y);
      }
      y += HEAD + FOOT + STEP * line.stream().mapToInt(t -> t.rows().size()).max().orElse(0);
    }
    String head =
        """
        <svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" \
        font-family="system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif" font-size="12">
        <rect width="100%%" height="100%%" fill="#ffffff"/>
        """
            .formatted(width, y, width, y);
    String title =
        text(MARGIN, 26, "start", INK, "Ratio to the JDK, same run", "18", "bold")
            + text(MARGIN, 46, "start", FAINT, subtitle, "12", "normal")
            + text(MARGIN, 64, "start", FAINT, LEGEND, "12", "normal");
    return head + title + svg + "</svg>\n";
  }

  private void panel(Table table, int x, int y) {
    svg.append(text(x, y + 16, "start", INK, table.title(), "13", "bold"));
    svg.append(text(x, y + 32, "start", FAINT, "ratio; " + table.better().words, "11", "normal"));
    double most = table.rows().stream().mapToDouble(row -> row.ratio().high()).max().orElse(1);
    double tick = tick(Math.max(1, most));
    double axis = Math.ceil(Math.max(1, most) / tick) * tick;
    int left = x + LABELS;
    int room = PANEL_WIDTH - LABELS - VALUES;
    int top = y + HEAD;
    int bottom = top + STEP * table.rows().size();
    for (int i = 0; i * tick <= axis + tick / 2; i++) {
      double at = left + room * i * tick / axis;
      svg.append(line(at, top, at, bottom, "#e6e9ec", 1));
      svg.append(text(at, bottom + 14, "middle", FAINT, label(i * tick), "10", "normal"));
    }
    int line = top;
    for (TableRow row : table.rows()) {
      bar(row, table, left, line, room / axis);
      line += STEP;
    }
    double one = left + room / axis;
    svg.append(line(one, top - 2, one, bottom, INK, 1));
  }

  private void bar(TableRow row, Table table, int left, int top, double scale) {
    boolean ours = isOurs(row.name());
    Quartiles ratio = row.ratio();
    double middle = top + BAR / 2.0 + 3;
    svg.append(text(left - 6, middle + 4, "end", INK, row.name(), "12", ours ? "bold" : "normal"));
    svg.append(
        "<rect x=\"%d\" y=\"%d\" width=\"%s\" height=\"%d\" fill=\"%s\"/>\n"
            .formatted(left, top + 3, number(ratio.median() * scale), BAR, ours ? OURS : OTHERS));
    double low = left + ratio.low() * scale;
    double high = left + ratio.high() * scale;
    if (high > low) {
      svg.append(line(low, middle, high, middle, INK, 1.5));
      svg.append(line(low, middle - 4, low, middle + 4, INK, 1.5));
      svg.append(line(high, middle - 4, high, middle + 4, INK, 1.5));
    }
    String figure =
        "%s  (%s %s)"
            .formatted(
                Markdown.ratio(ratio.median()), Markdown.value(row.value().median()), table.unit());
    double end = Math.max(high, left + ratio.median() * scale);
    svg.append(text(end + 5, middle + 4, "start", INK, figure, "10.5", "normal"));
  }

  /** Whether the row of that name is about this library. */
  private static boolean isOurs(String name) {
    for (Contender contender : Contender.values()) {
      if (contender.isOurs() && contender.label.equals(name)) {
        return true;
      }
    }
    return name.startsWith("FastOpen") || name.equals(ListenerRate.FAST_OPEN);
  }

  /** The distance of two ticks: a quarter, a half, or 1, 2 or 5 of a decade; at most six fit. */
  static double tick(double most) {
    double tick = 0.25;
    for (int step = 0; most / tick > 6; step++) {
      tick *= step > 0 && step % 3 == 0 ? 2.5 : 2;
    }
    return tick;
  }

  private static String label(double value) {
    return number(value);
  }

  private static String line(
      double x1, double y1, double x2, double y2, String colour, double width) {
    return "<line x1=\"%s\" y1=\"%s\" x2=\"%s\" y2=\"%s\" stroke=\"%s\" stroke-width=\"%s\"/>\n"
        .formatted(number(x1), number(y1), number(x2), number(y2), colour, number(width));
  }

  private static String text(
      double x, double y, String anchor, String colour, String words, String size, String weight) {
    return ("<text x=\"%s\" y=\"%s\" text-anchor=\"%s\" fill=\"%s\" font-size=\"%s\""
            + " font-weight=\"%s\">%s</text>\n")
        .formatted(number(x), number(y), anchor, colour, size, weight, escaped(words));
  }

  private static String escaped(String words) {
    return words.replace("&", "&amp;").replace("<", "&lt;");
  }

  private static String number(double value) {
    String text = String.format(Locale.ROOT, "%.2f", value);
    return text.replaceFirst("\\.?0+$", "");
  }
}
