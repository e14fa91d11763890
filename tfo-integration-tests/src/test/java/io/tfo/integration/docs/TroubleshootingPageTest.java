package io.tfo.integration.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The messages of capabilities in {@code docs/troubleshooting.md} are those of the code. */
class TroubleshootingPageTest {
  private static final Path PAGE = Documents.ROOT.resolve("docs/troubleshooting.md");

  private static final Pattern FIRST_COLUMN = Pattern.compile("(?m)^\\| (`[^|]*) \\|");
  private static final Pattern SPAN = Pattern.compile("`([^`]+)`");

  /** Messages of the JVM, of JNA and of dynamic loaders. */
  private static final Pattern OF_OTHERS = Pattern.compile("Exception: |Error: |^Error |^JNA ");

  /** The variable parts of messages: names, numbers, constants, causes. */
  private static final Pattern VARIABLE =
      Pattern.compile(
          "\\.\\.\\.|: |=?\\bNAME\\b|\\b[A-Z_]{5,}\\b|-Dio\\.tfo\\.(?:backend|plain)\\S*"
              + "|=?\\b\\d[\\dx.]*\\b|; this is Linux|net\\.ipv4\\.tcp_fastopen|[;()]");

  private static String code() throws IOException {
    StringBuilder code = new StringBuilder();
    try (Stream<Path> all = Files.walk(Documents.ROOT)) {
      for (Path file :
          all.filter(each -> each.toString().matches(".*/src/main/java/.*\\.java")).toList()) {
        code.append(Files.readString(file).replaceAll("\"\\s*\\+\\s*\"", ""));
      }
    }
    return code.toString();
  }

  private static List<String> said() throws IOException {
    String page = Files.readString(PAGE);
    String table =
        page.substring(page.indexOf("## Ask the machine"), page.indexOf("### The bits of"));
    return FIRST_COLUMN
        .matcher(table)
        .results()
        .flatMap(row -> SPAN.matcher(row.group(1)).results())
        .map(span -> span.group(1))
        .filter(span -> !OF_OTHERS.matcher(span).find())
        .flatMap(VARIABLE::splitAsStream)
        .map(String::strip)
        .filter(words -> words.length() > 1)
        .toList();
  }

  @Test
  void theMessagesOfTheTableAreThoseOfTheCode() throws IOException {
    String code = code();
    assertThat(said()).hasSizeGreaterThan(15).allSatisfy(words -> assertThat(code).contains(words));
  }
}
