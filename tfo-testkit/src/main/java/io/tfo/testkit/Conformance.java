package io.tfo.testkit;

import io.tfo.FastOpenBackends;
import io.tfo.spi.FastOpenBackend;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/** The conformance suite: lists its rules, and runs one against a backend. */
public final class Conformance {
  private static final Duration MOST_TIME = Duration.ofSeconds(60);

  private Conformance() {}

  /**
   * Returns all rules, in the order of their ids.
   *
   * @return a new list
   */
  public static List<Rule> rules() {
    return Stream.of(
            ClientRules.RULES,
            MisuseRules.RULES,
            WaitRules.RULES,
            ServerRules.RULES,
            KeyRules.RULES,
            WireRules.RULES,
            FaultRules.RULES)
        .flatMap(List::stream)
        .sorted(Comparator.comparing(Rule::id))
        .toList();
  }

  /**
   * Returns every backend that {@link java.util.ServiceLoader} finds on the class path or module
   * path. A backend that cannot be loaded is left out.
   *
   * @return the backends, in the order of choice
   */
  public static List<FastOpenBackend> backends() {
    return FastOpenBackends.installed().list().stream()
        .map(FastOpenBackends.Installed::backend)
        .toList();
  }

  /**
   * Runs one rule, on a thread of its own, within a minute.
   *
   * @param rule the rule
   * @param backend the backend
   * @return the result; never throws
   */
  public static RuleResult run(Rule rule, FastOpenBackend backend) {
    FutureTask<RuleResult> task = new FutureTask<>(() -> runHere(rule, backend));
    Thread thread = new Thread(task, "rule-" + rule.id());
    thread.setDaemon(true);
    thread.start();
    try {
      return task.get(MOST_TIME.toSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      AssertionError late = new AssertionError("did not end within " + MOST_TIME);
      late.setStackTrace(thread.getStackTrace());
      thread.interrupt();
      return RuleResult.failed(
          backend.name(), rule, late.getMessage() + "; was at " + List.of(late.getStackTrace()));
    } catch (ExecutionException e) {
      return RuleResult.failed(backend.name(), rule, e.getCause() == null ? e : e.getCause());
    } catch (InterruptedException e) {
      thread.interrupt();
      Thread.currentThread().interrupt();
      return RuleResult.failed(backend.name(), rule, e);
    }
  }

  private static RuleResult runHere(Rule rule, FastOpenBackend backend) {
    try {
      rule.check().run(new TestedBackend(backend));
      return new RuleResult(backend.name(), rule, RuleResult.Verdict.PASSED, "");
    } catch (RuleSkipped e) {
      if (rule.skippedWhen().isEmpty()) {
        return RuleResult.failed(
            backend.name(), rule, "it may never be skipped, but was: " + e.getMessage());
      }
      return new RuleResult(
          backend.name(), rule, RuleResult.Verdict.SKIPPED, String.valueOf(e.getMessage()));
    } catch (Throwable t) {
      return RuleResult.failed(backend.name(), rule, t);
    }
  }
}
