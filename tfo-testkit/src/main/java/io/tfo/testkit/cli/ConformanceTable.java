package io.tfo.testkit.cli;

import io.tfo.testkit.Rule;
import io.tfo.testkit.RuleResult;
import io.tfo.testkit.RuleResult.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Column;
import picocli.CommandLine.Help.Column.Overflow;
import picocli.CommandLine.Help.TextTable;

/** Rules down, backends across; below it why something was skipped, and what failed. */
final class ConformanceTable {
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
    terminal.out().print(table());
    for (int i = 0; i < reasons.size(); i++) {
      terminal.line();
      terminal.prose(0, "[" + (i + 1) + "] skipped: " + reasons.get(i));
    }
    for (RuleResult failure : failures) {
      terminal.line();
      terminal.line(terminal.styled("red", failure.rule() + " [" + failure.backend() + "]"));
      failure.detail().lines().forEach(line -> terminal.line("    " + line));
    }
    terminal.line();
    backends.forEach(name -> terminal.line(summary(name)));
  }

  private TextTable table() {
    int names = backends.stream().mapToInt(name -> width(name) + 2).sum();
    List<Column> columns = new ArrayList<>();
    columns.add(new Column(5, 0, Overflow.SPAN));
    columns.add(new Column(Math.max(30, Terminal.WIDTH - 5 - names), 0, Overflow.WRAP));
    backends.forEach(name -> columns.add(new Column(width(name) + 2, 2, Overflow.SPAN)));
    TextTable table =
        TextTable.forColumns(
            Help.defaultColorScheme(terminal.ansi()), columns.toArray(Column[]::new));
    row(table, "", "", name -> "@|bold " + name + "|@");
    for (Rule rule : rules) {
      row(table, rule.id(), rule.title(), name -> cell(name, rule));
    }
    return table;
  }

  private void row(TextTable table, String id, String title, Function<String, String> cell) {
    table.addRowValues(
        Stream.concat(Stream.of(id, title), backends.stream().map(cell)).toArray(String[]::new));
  }

  private static int width(String backend) {
    return Math.max(backend.length(), "skipped [9]".length());
  }

  private String cell(String backend, Rule rule) {
    RuleResult result =
        results.stream()
            .filter(r -> r.backend().equals(backend) && r.rule().equals(rule))
            .findFirst()
            .orElseThrow();
    return switch (result.verdict()) {
      case PASSED -> "@|green passed|@";
      case FAILED -> "@|bold,red FAILED|@";
      case SKIPPED -> "skipped [" + (reasons.indexOf(result.detail()) + 1) + "]";
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
