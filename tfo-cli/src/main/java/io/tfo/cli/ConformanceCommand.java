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
        "Runs the conformance suite against every installed backend. Rules that look at segments run"
            + " in the lab, in network namespaces: settings of this machine are not changed.",
    exitCodeList = {"0:No rule failed.", "1:At least one rule failed.", ExitStatus.USAGE_LINE})
final class ConformanceCommand implements Callable<Integer> {
  private static final int MAX_NAMES = 10;

  private final Terminal terminal;
  private final Supplier<InstalledReport> probe;
  private final Relaunch relaunch;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--backend",
      paramLabel = "NAME",
      description = "Tests only this backend; may be repeated. Default: all.")
  private List<String> backends = new ArrayList<>();

  @Option(
      names = "--rule",
      paramLabel = "ID",
      description = "Runs only this rule, such as C01; may be repeated. Default: all.")
  private List<String> rules = new ArrayList<>();

  ConformanceCommand(Terminal terminal, Supplier<InstalledReport> probe, Relaunch relaunch) {
    this.terminal = terminal;
    this.probe = probe;
    this.relaunch = relaunch;
  }

  @Override
  public Integer call() throws Exception {
    InstalledReport installed = probe.get();
    List<FastOpenBackend> backendsToTest =
        chosen(
            "backend",
            backends,
            installed.backends().stream().map(FastOpenBackends.Installed::backend).toList(),
            FastOpenBackend::name);
    List<Rule> rulesToRun = chosen("rule", rules, Conformance.rules(), Rule::id);
    OptionalInt relaunched =
        relaunch.run(spec.root().commandLine().getParseResult().originalArgs());
    if (relaunched.isPresent()) {
      return relaunched.getAsInt();
    }
    installed.problems().forEach(problem -> terminal.paragraph(0, "Problem: " + problem));
    List<RuleResult> results = run(backendsToTest, rulesToRun);
    new ConformanceTable(terminal, rulesToRun, results).print();
    return results.stream().anyMatch(result -> result.verdict() == Verdict.FAILED)
        ? ExitStatus.NO
        : ExitStatus.YES;
  }

  private <T> List<T> chosen(
      String kind, List<String> requested, List<T> all, Function<T, String> name) {
    List<String> names = all.stream().map(name).toList();
    for (String one : requested) {
      if (!names.contains(one)) {
        throw new ParameterException(
            spec.commandLine(), "there is no %s %s; known: %s".formatted(kind, one, listed(names)));
      }
    }
    return all.stream()
        .filter(one -> requested.isEmpty() || requested.contains(name.apply(one)))
        .collect(Collectors.toList());
  }

  private static String listed(List<String> names) {
    int last = names.size() - 1;
    return last > MAX_NAMES
        ? names.get(0) + " to " + names.get(last)
        : names.isEmpty() ? "none" : String.join(", ", names);
  }

  /** Runs the rules, and prints a sign when each rule ends. */
  private List<RuleResult> run(List<FastOpenBackend> backendsToTest, List<Rule> rulesToRun) {
    int width =
        backendsToTest.stream().mapToInt(backend -> backend.name().length()).max().orElse(0);
    terminal.line(
        "Running %d rule%s   . passed  s skipped  F failed",
        rulesToRun.size(), rulesToRun.size() == 1 ? "" : "s");
    List<RuleResult> results = new ArrayList<>();
    for (FastOpenBackend backend : backendsToTest) {
      terminal.out().print(backend.name() + " ".repeat(width + 2 - backend.name().length()));
      for (Rule rule : rulesToRun) {
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
