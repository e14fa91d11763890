package io.tfo.testkit;

import io.tfo.lab.LabProcess;
import io.tfo.spi.FastOpenBackend;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Runs the suite in a JVM of its own, in a user namespace where an ordinary user may open a lab.
 * That JVM prints each result as a line.
 */
public final class ConformanceProcess {
  private static final String MARK = "tfo-conformance-result";
  private static final long MOST_MINUTES = 10;

  private ConformanceProcess() {}

  /**
   * Runs every rule against some of the backends that {@link Conformance#backends()} finds in that
   * JVM.
   *
   * @param backends the names
   * @return a result for each rule and backend
   * @throws IOException if the process cannot be started, or ends without a result for each rule
   */
  public static List<RuleResult> run(List<String> backends) throws IOException {
    List<String> options = new ArrayList<>();
    String lab = System.getProperty(BackendLab.PROPERTY);
    if (lab != null) {
      options.add("-D" + BackendLab.PROPERTY + "=" + lab);
    }
    Process process =
        LabProcess.builder(options, ConformanceProcess.class, backends)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    // The end of the process ends the reading of its results.
    var unused =
        process
            .onExit()
            .orTimeout(MOST_MINUTES, TimeUnit.MINUTES)
            .exceptionally(late -> process.destroyForcibly());
    Map<String, Rule> rules =
        Conformance.rules().stream().collect(Collectors.toMap(Rule::id, Function.identity()));
    List<RuleResult> results = results(process, rules);
    if (results.size() != backends.size() * rules.size()) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "the suite's process ended with %d after %d results",
              process.exitValue(),
              results.size()));
    }
    return results;
  }

  /** Reads the results until the process ends. */
  private static List<RuleResult> results(Process process, Map<String, Rule> rules)
      throws IOException {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII))) {
      process.getOutputStream().close();
      List<RuleResult> results =
          lines
              .lines()
              .filter(line -> line.startsWith(MARK))
              .map(line -> parse(line, rules))
              .toList();
      process.waitFor();
      return results;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    } finally {
      process.destroyForcibly();
    }
  }

  private static RuleResult parse(String line, Map<String, Rule> rules) {
    String[] parts = line.split(" ", -1);
    Rule rule = parts.length == 5 ? rules.get(parts[2]) : null;
    if (rule == null) {
      throw new IllegalStateException("not a result: " + line);
    }
    return new RuleResult(parts[1], rule, RuleResult.Verdict.valueOf(parts[3]), decode(parts[4]));
  }

  private static String decode(String text) {
    return new String(Base64.getDecoder().decode(text), StandardCharsets.UTF_8);
  }

  /**
   * Runs the suite here and prints its results.
   *
   * @param backends the names of the backends to test
   */
  public static void main(String[] backends) {
    PrintStream out = System.out;
    for (FastOpenBackend backend : Conformance.backends()) {
      if (List.of(backends).contains(backend.name())) {
        for (Rule rule : Conformance.rules()) {
          RuleResult result = Conformance.run(rule, backend);
          byte[] detail = result.detail().getBytes(StandardCharsets.UTF_8);
          out.println(
              String.join(
                  " ",
                  MARK,
                  backend.name(),
                  rule.id(),
                  result.verdict().name(),
                  Base64.getEncoder().encodeToString(detail)));
        }
      }
    }
    out.flush();
    System.exit(0);
  }
}
