package io.tfo.cli;

import io.tfo.FastOpenBackends;
import io.tfo.spi.FastOpenBackend;
import io.tfo.testkit.Conformance;
import io.tfo.testkit.Rule;
import io.tfo.testkit.RuleResult;
import io.tfo.testkit.RuleResult.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Runs the conformance suite. */
@Command(
    name = "conformance",
    description =
        "Runs the conformance suite against every installed backend, in the lab where a rule needs"
            + " it: nothing is changed outside.",
    exitCodeList = {"0:No rule failed.", "1:At least one rule failed.", ExitStatus.USAGE_LINE})
final class ConformanceCommand implements Callable<Integer> {
  private static final int MOST_NAMED = 10;

  private final Terminal terminal;
  private final Supplier<InstalledReport> search;
  private final Relaunch relaunch;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--backend",
      paramLabel = "NAME",
      description = "A backend to test, instead of all; may be repeated.")
  private List<String> backends = new ArrayList<>();

  @Option(
      names = "--rule",
      paramLabel = "ID",
      description = "A rule to run, such as C01, instead of all; may be repeated.")
  private List<String> rules = new ArrayList<>();

  ConformanceCommand(Terminal terminal, Supplier<InstalledReport> search, Relaunch relaunch) {
    this.terminal = terminal;
    this.search = search;
    this.relaunch = relaunch;
  }

  @Override
  public Integer call() throws Exception {
    InstalledReport findings = search.get();
    List<FastOpenBackend> tested =
        chosen(
            "backend",
            backends,
            findings.backends().stream().map(FastOpenBackends.Installed::backend).toList(),
            FastOpenBackend::name);
    List<Rule> run = chosen("rule", rules, Conformance.rules(), Rule::id);
    OptionalInt elsewhere = relaunch.run(spec.root().commandLine().getParseResult().originalArgs());
    if (elsewhere.isPresent()) {
      return elsewhere.getAsInt();
    }
    findings.problems().forEach(problem -> terminal.prose(0, "Problem: " + problem));
    List<RuleResult> results = run(tested, run);
    new ConformanceTable(terminal, run, results).print();
    return results.stream().anyMatch(result -> result.verdict() == Verdict.FAILED)
        ? ExitStatus.NO
        : ExitStatus.YES;
  }

  private <T> List<T> chosen(
      String kind, List<String> wanted, List<T> all, Function<T, String> name) {
    List<String> names = all.stream().map(name).toList();
    for (String one : wanted) {
      if (!names.contains(one)) {
        throw new ParameterException(
            spec.commandLine(),
            "there is no %s %s; there are: %s".formatted(kind, one, some(names)));
      }
    }
    return all.stream()
        .filter(one -> wanted.isEmpty() || wanted.contains(name.apply(one)))
        .collect(Collectors.toList());
  }

  private static String some(List<String> names) {
    int last = names.size() - 1;
    return last > MOST_NAMED
        ? names.get(0) + " to " + names.get(last)
        : names.isEmpty() ? "none" : String.join(", ", names);
  }

  /** Shows a sign for each rule as it ends. */
  private List<RuleResult> run(List<FastOpenBackend> tested, List<Rule> run) {
    int widest = tested.stream().mapToInt(backend -> backend.name().length()).max().orElse(0);
    terminal.line(
        "Running %d rule%s   . passed  s skipped  F failed",
        run.size(), run.size() == 1 ? "" : "s");
    List<RuleResult> results = new ArrayList<>();
    for (FastOpenBackend backend : tested) {
      terminal.out().print(backend.name() + " ".repeat(widest + 2 - backend.name().length()));
      for (Rule rule : run) {
        RuleResult result = Conformance.run(rule, backend);
        terminal
            .out()
            .print(
                switch (result.verdict()) {
                  case PASSED -> ".";
                  case SKIPPED -> "s";
                  case FAILED -> "F";
                });
        terminal.out().flush();
        results.add(result);
      }
      terminal.line();
    }
    return results;
  }
}
