package io.tfo.integration.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ReadmeSnippetsTest {
  private static final Path FOLDER = Path.of("src", "test", "java", "io", "tfo", "testkit");
  private static final Pattern SECTION = Pattern.compile("(?s)\n## Drop-ins\n(.*?)\n## ");
  private static final Pattern BLOCK = Pattern.compile("(?s)```java\n(.*?)```");
  private static final Pattern SNIPPET = Pattern.compile("(?s) *// README\n(.*?) *// end\n");

  @Test
  void theDropInsOfTheReadmeAreThoseThatTheTestsRun() throws IOException {
    Matcher section = SECTION.matcher(Files.readString(Path.of("..", "README.md")));
    assertThat(section.find()).isTrue();

    assertThat(all(BLOCK, section.group(1)))
        .isNotEmpty()
        .isEqualTo(all(SNIPPET, snippets("DropInSnippets") + snippets("ProviderSnippets")));
  }

  private static String snippets(String name) throws IOException {
    return Files.readString(FOLDER.resolve(name + ".java"));
  }

  private static List<String> all(Pattern pattern, String text) {
    return pattern
        .matcher(text)
        .results()
        .map(found -> found.group(1).stripTrailing().stripIndent())
        .toList();
  }
}
