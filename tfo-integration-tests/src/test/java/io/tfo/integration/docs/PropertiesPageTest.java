package io.tfo.integration.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.spi.MalformedProperties;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code docs/properties.md} has the system properties that the code reads, and no others. */
class PropertiesPageTest {
  private static final Path PAGE = Documents.ROOT.resolve("docs/properties.md");

  /**
   * A literal that is only a property's name. In messages, {@code -D} precedes a name. Names of
   * loggers are left out.
   */
  private static final Pattern LITERAL =
      Pattern.compile("(?<!getLogger\\(|ProgramLog\\()\"(io\\.tfo(?:\\.[a-z]\\w*)+)\"");

  private static final Pattern ROW = Pattern.compile("(?m)^\\| `(io\\.tfo\\.[\\w.]+)` \\|");
  private static final String LIBRARY = "## The library";
  private static final String TESTS = "## The tests and the command line";

  /** The modules that applications depend on. */
  private static final Pattern OF_THE_LIBRARY =
      Pattern.compile("tfo-(?!(benchmarks|cli|integration-tests|lab|testkit)/)[a-z-]+/src/main/.*");

  private static final Pattern MAIN = Pattern.compile("tfo-[a-z-]+/src/main/.*");

  private static Set<String> read(Pattern files) throws IOException {
    Set<String> names = new TreeSet<>();
    try (Stream<Path> all = Files.walk(Documents.ROOT)) {
      for (Path file : all.filter(each -> each.toString().endsWith(".java")).toList()) {
        if (files.matcher(Documents.ROOT.relativize(file).toString()).matches()) {
          LITERAL
              .matcher(Files.readString(file))
              .results()
              .forEach(found -> names.add(found.group(1)));
        }
      }
    }
    return names;
  }

  private static Set<String> listed(String from, String to) throws IOException {
    String page = Files.readString(PAGE);
    int end = to.isEmpty() ? page.length() : page.indexOf(to);
    Set<String> names = new TreeSet<>();
    ROW.matcher(page.substring(page.indexOf(from), end))
        .results()
        .forEach(row -> names.add(row.group(1)));
    return names;
  }

  @Test
  void theFirstTableHasThePropertiesThatTheLibraryReads() throws IOException {
    assertThat(listed(LIBRARY, TESTS)).isNotEmpty().isEqualTo(read(OF_THE_LIBRARY));
  }

  /** The command {@code doctor} reports them. The agent reports its own properties. */
  @Test
  void aMalformedValueOfEachPropertyIsReported() throws IOException {
    for (String property : listed(LIBRARY, TESTS)) {
      if (!property.matches("io\\.tfo\\.(backend|agent\\..*)")) {
        Properties properties = new Properties();
        properties.setProperty(property, "");
        assertThat(MalformedProperties.of(properties)).as(property).hasSize(1);
      }
    }
  }

  @Test
  void bothTablesHaveAllPropertiesThatAnyMainCodeReads() throws IOException {
    assertThat(listed(LIBRARY, "")).containsAll(read(MAIN));
  }

  @Test
  void theSecondTableHasOnlyPropertiesThatSomeCodeReads() throws IOException {
    assertThat(read(Pattern.compile("tfo-[a-z-]+/src/.*"))).containsAll(listed(TESTS, ""));
  }
}
