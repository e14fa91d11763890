package io.tfo.cli;

import io.tfo.FastOpenCapability;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.util.Locale;
import picocli.CommandLine.Help.Ansi;

/**
 * The output, and the abilities of its terminal.
 *
 * @param out the output
 * @param ansi whether it shows colours
 * @param unicode whether it shows the signs of {@link TimeBar}, or only ASCII
 */
record Terminal(PrintWriter out, Ansi ansi, boolean unicode) {
  /** The maximum length of a line, in characters. */
  static final int WIDTH = 96;

  private static final String SIGNS = "\u2588\u2592\u2192";

  /** The standard output. */
  static Terminal standard() {
    Charset charset = charset("stdout.encoding");
    return new Terminal(
        writer(System.out, charset), Ansi.AUTO, charset.newEncoder().canEncode(SIGNS));
  }

  static PrintWriter standardError() {
    return writer(System.err, charset("stderr.encoding"));
  }

  private static PrintWriter writer(PrintStream stream, Charset charset) {
    return new PrintWriter(stream, true, charset);
  }

  /** JDK 17 has this property with the prefix {@code sun.}, and only on a terminal. */
  private static Charset charset(String property) {
    String name = System.getProperty(property, System.getProperty("sun." + property));
    try {
      return name == null ? Charset.defaultCharset() : Charset.forName(name);
    } catch (IllegalArgumentException e) {
      return Charset.defaultCharset();
    }
  }

  void line() {
    line("");
  }

  /**
   * Prints a line.
   *
   * @throws UncheckedIOException if the reader of the output is gone, or the disk is full: a
   *     command that prints without an end would go on for ever
   */
  void line(String text) {
    out.println(text);
    if (out.checkError()) {
      throw new UncheckedIOException(new IOException("the output cannot be written"));
    }
  }

  void line(String format, Object... arguments) {
    line(String.format(Locale.ROOT, format, arguments));
  }

  /** Prints a capability, and its remedy on a separate line, so that a user can copy it. */
  void capability(String side, FastOpenCapability capability) {
    paragraph(
        0,
        "TCP Fast Open, %s side: %s, %s"
            .formatted(side, Side.status(capability), capability.detail()));
    capability.remedy().ifPresent(remedy -> line("  remedy: " + remedy));
  }

  /** Prints a bold line. */
  void heading(String text) {
    line(styled("bold", text));
  }

  /** Returns the text in a style of picocli, such as {@code bold,green}. */
  String styled(String style, String text) {
    return ansi.string("@|" + style + " " + text + "|@");
  }

  /** Prints a text with line breaks between words, and every line indented. */
  void paragraph(int indent, String text) {
    String margin = " ".repeat(indent);
    WordWrap.wrap(text, WIDTH - indent).forEach(line -> line(margin + line));
  }
}
