package io.tfo.cli;

import io.tfo.testkit.Rule;
import io.tfo.testkit.RuleResult;
import io.tfo.testkit.RuleResult.Verdict;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Prints results as a table with a line for each rule and a column for each backend. Below the
 * table are the reasons of skipped rules, the failures, and the totals of each backend.
 */
final class ConformanceTable {
  private static final String INDENT = " ".repeat(5);

  private final Terminal terminal;
  private final List<Rule> rules;
  private final List<RuleResult> results;
  private final List<String> backends;
  private final List<RuleResult> failures;
  private final List<String> reasons;

  ConformanceTable(Terminal terminal, List<Rule> rules, List<RuleResult> results) {
    this.terminal = terminal;
    this.rules = rules;
    this.results = results;
    backends = results.stream().map(RuleResult::backend).distinct().toList();
    failures = results.stream().filter(r -> r.verdict() == Verdict.FAILED).toList();
    reasons =
        results.stream()
            .filter(r -> r.verdict() == Verdict.SKIPPED)
            .map(RuleResult::detail)
            .distinct()
            .toList();
  }

  void print() {
    terminal.line();
    table();
    for (int i = 0; i < reasons.size(); i++) {
      terminal.line();
      terminal.paragraph(0, "[" + (i + 1) + "] skipped: " + reasons.get(i));
    }
    for (RuleResult failure : failures) {
      terminal.line();
      terminal.line(terminal.styled("red", failure.rule() + " [" + failure.backend() + "]"));
      failure.detail().lines().forEach(line -> terminal.line("    " + line));
    }
    terminal.line();
    backends.forEach(name -> terminal.line(summary(name)));
  }

  private void table() {
    int names = backends.stream().mapToInt(name -> 2 + width(name)).sum();
    int titles = Math.max(30, Terminal.WIDTH - INDENT.length() - names);
    line("", "", titles, name -> padded("bold", name, width(name)));
    for (Rule rule : rules) {
      List<String> title = WordWrap.wrap(rule.title(), titles).toList();
      line(rule.id(), title.get(0), titles, name -> cell(name, rule));
      title.stream().skip(1).forEach(rest -> terminal.line(INDENT + rest));
    }
  }

  private void line(String id, String title, int titles, Function<String, String> cell) {
    String cells = backends.stream().map(cell).collect(Collectors.joining("  "));
    String start = id + " ".repeat(INDENT.length() - id.length()) + title;
    terminal.line(
        (start + " ".repeat(INDENT.length() + titles + 2 - start.length()) + cells)
            .stripTrailing());
  }

  private static int width(String backend) {
    return Math.max(backend.length(), "skipped [9]".length());
  }

  private String padded(String style, String text, int width) {
    return terminal.styled(style, text) + " ".repeat(Math.max(0, width - text.length()));
  }

  private String cell(String backend, Rule rule) {
    RuleResult result =
        results.stream()
            .filter(r -> r.backend().equals(backend) && r.rule().equals(rule))
            .findFirst()
            .orElseThrow();
    return switch (result.verdict()) {
      case PASSED -> padded("green", "passed", width(backend));
      case FAILED -> padded("bold,red", "FAILED", width(backend));
      case SKIPPED ->
          padded(
              "yellow", "skipped [" + (reasons.indexOf(result.detail()) + 1) + "]", width(backend));
    };
  }

  private String summary(String name) {
    Map<Verdict, Long> counts =
        results.stream()
            .filter(result -> result.backend().equals(name))
            .collect(Collectors.groupingBy(RuleResult::verdict, Collectors.counting()));
    return "%s: %d passed, %d failed, %d skipped"
        .formatted(
            name,
            counts.getOrDefault(Verdict.PASSED, 0L),
            counts.getOrDefault(Verdict.FAILED, 0L),
            counts.getOrDefault(Verdict.SKIPPED, 0L));
  }
}
