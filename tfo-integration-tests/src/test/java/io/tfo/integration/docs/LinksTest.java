package io.tfo.integration.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Links between the files of the documentation. */
class LinksTest {
  private static final int README_LINES = 170;

  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern ELSEWHERE = Pattern.compile("^[a-z]+:.*");
  private static final Pattern CODE = Pattern.compile("(?s)```.*?```");
  private static final Pattern HEADING = Pattern.compile("(?m)^#+ +(.+?) *$");

  private static List<Path> documents() throws IOException {
    return Documents.all();
  }

  @ParameterizedTest
  @MethodSource("documents")
  void everyRelativeLinkResolves(Path document) throws IOException {
    List<String> broken = new ArrayList<>();
    for (MatchResult link : LINK.matcher(text(document)).results().toList()) {
      String target = link.group(1);
      if (!ELSEWHERE.matcher(target).matches() && !resolves(document, target)) {
        broken.add(target);
      }
    }

    assertThat(broken).isEmpty();
  }

  private static boolean resolves(Path document, String target) throws IOException {
    String[] parts = target.split("#", 2);
    Path file = parts[0].isEmpty() ? document : document.resolveSibling(parts[0]).normalize();
    if (!Files.exists(file)) {
      return false;
    }
    return parts.length == 1 || anchors(file).contains(parts[1]);
  }

  /** As GitHub makes them: lower case, hyphens for spaces, no punctuation. */
  private static List<String> anchors(Path file) throws IOException {
    return HEADING
        .matcher(text(file))
        .results()
        .map(heading -> heading.group(1).toLowerCase(Locale.ROOT))
        .map(heading -> heading.replaceAll("[^\\p{L}\\p{N}_\\- ]", "").replace(' ', '-'))
        .toList();
  }

  private static String text(Path file) throws IOException {
    return CODE.matcher(Files.readString(file)).replaceAll("");
  }

  @Test
  void theReadmeLeadsToEveryPage() throws IOException {
    String readme = Files.readString(Documents.README);
    for (Path document : documents()) {
      if (document.startsWith(Documents.ROOT.resolve("docs"))) {
        assertThat(readme).contains("(docs/" + document.getFileName());
      }
    }
  }

  @Test
  void theReadmeIsShort() throws IOException {
    assertThat(Files.readAllLines(Documents.README)).hasSizeLessThanOrEqualTo(README_LINES);
  }
}
