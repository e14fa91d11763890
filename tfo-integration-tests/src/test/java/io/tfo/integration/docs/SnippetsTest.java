package io.tfo.integration.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Every Java snippet of the documentation stands literally in a class of this package, between
 * {@code // snippet} and {@code // end}, and is run by a test.
 */
class SnippetsTest {
  private static final Path TESTS = Path.of("src", "test", "java");
  private static final Path FOLDER = TESTS.resolve("io/tfo/integration/docs");

  /**
   * The file with the snippet that is a whole class. It stands in a backend's module, where it
   * runs.
   */
  private static final Path CONFORMANCE =
      Path.of("../tfo-backend-linux-legacy/src/test/java/io/tfo/backend/linux/legacy")
          .resolve("ConformanceTest.java");

  private static final Pattern BLOCK = Pattern.compile("(?s)```java\n(.*?)```");
  private static final Pattern SNIPPET =
      Pattern.compile("(?s)(?<=\n) *// snippet\n(.*?) *// end\n");
  private static final Pattern METHOD =
      Pattern.compile("(?s) static [^;{]*?(\\w+)\\([^{;]*\\{\n *// snippet\n");

  private static final Pattern COMMENT = Pattern.compile("(?s)/\\*.*?\\*/|(?<!:)//[^\n]*");
  private static final Pattern WORD = Pattern.compile("\\w+");

  private static List<Path> sources() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files.filter(file -> !file.endsWith("SnippetsTest.java")).sorted().toList();
    }
  }

  private static List<String> all(Pattern pattern, Path file) throws IOException {
    return pattern
        .matcher(Files.readString(file))
        .results()
        .map(found -> found.group(1).stripTrailing().stripIndent())
        .toList();
  }

  private static List<String> snippets() throws IOException {
    Stream.Builder<String> snippets = Stream.builder();
    for (Path source : sources()) {
      all(SNIPPET, source).forEach(snippets);
    }
    return snippets.build().toList();
  }

  @TestFactory
  Stream<DynamicTest> everySnippetOfTheDocumentationIsCompiled() throws IOException {
    List<String> compiled = snippets();
    String conformance = Files.readString(CONFORMANCE);
    return Documents.all().stream()
        .map(
            document ->
                DynamicTest.dynamicTest(
                    document.getFileName().toString(),
                    () ->
                        assertThat(all(BLOCK, document))
                            .allMatch(
                                shown -> compiled.contains(shown) || conformance.contains(shown))));
  }

  @Test
  void everyCompiledSnippetIsShown() throws IOException {
    Stream.Builder<String> shown = Stream.builder();
    for (Path document : Documents.all()) {
      all(BLOCK, document).forEach(shown);
    }

    assertThat(shown.build().toList()).containsAll(snippets());
  }

  /**
   * Returns the code, without comments, of the test classes and of all classes that they name, and
   * these, and so on. A program that only a person starts is not among them.
   */
  private static String codeOfTests() throws IOException {
    Map<String, String> codes = new HashMap<>();
    try (Stream<Path> files = Files.walk(TESTS)) {
      for (Path file : files.filter(each -> each.toString().endsWith(".java")).toList()) {
        String code = COMMENT.matcher(Files.readString(file)).replaceAll("");
        codes.merge(className(file), code, String::concat);
      }
    }
    codes.remove(SnippetsTest.class.getSimpleName());
    Set<String> reached = new LinkedHashSet<>();
    Deque<String> next = new ArrayDeque<>();
    codes.keySet().stream().filter(name -> name.endsWith("Test")).forEach(next::add);
    while (!next.isEmpty()) {
      String name = next.remove();
      if (codes.containsKey(name) && reached.add(name)) {
        WORD.matcher(codes.get(name)).results().map(MatchResult::group).forEach(next::add);
      }
    }
    return reached.stream().map(codes::get).collect(Collectors.joining());
  }

  private static String className(Path source) {
    return source.getFileName().toString().replace(".java", "");
  }

  @Test
  void everyCompiledSnippetIsRun() throws IOException {
    String tests = codeOfTests();
    int methods = 0;
    for (Path source : sources()) {
      String type = className(source);
      for (MatchResult method : METHOD.matcher(Files.readString(source)).results().toList()) {
        assertThat(tests).contains(type + "." + method.group(1) + "(");
        methods++;
      }
    }
    assertThat(tests).contains("new MySystemBackend()");
    assertThat(methods + 1).as("with the class MySystemBackend").isEqualTo(snippets().size());
  }
}
