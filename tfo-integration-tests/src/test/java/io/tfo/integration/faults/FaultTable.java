package io.tfo.integration.faults;

import io.tfo.integration.faults.FaultCase.Connection;
import io.tfo.integration.faults.FaultCase.Report;
import io.tfo.integration.faults.FaultCase.Result;
import io.tfo.testkit.Expect;
import io.tfo.testkit.RuleSkipped;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.opentest4j.TestAbortedException;

/** Runs cases of the fault table, several at a time, since most of them wait for timers. */
final class FaultTable implements AutoCloseable {
  private static final int AT_ONCE = 6;

  /**
   * How often the times of a case are measured. Other work of the machine can only make a connect
   * take longer, so the shortest measured time counts. The results and outcomes of each measurement
   * must be right.
   */
  private static final int TRIES = 3;

  /** How many connects may lose their SYN before the next are plain. */
  private static final int MOST_LOSSES = 2;

  private static final Duration JITTER = Duration.ofMillis(250);

  static {
    // Starts the JDK's timer thread, which lives on, so that no host of a lab starts it.
    new CompletableFuture<Boolean>().completeOnTimeout(true, 1, TimeUnit.NANOSECONDS).join();
  }

  private final ExecutorService threads =
      Executors.newFixedThreadPool(
          AT_ONCE,
          task -> {
            Thread thread = new Thread(task, "fault-case");
            thread.setDaemon(true);
            return thread;
          });
  private final Future<Duration> synTimeout = threads.submit(FaultTable::measureSynTimeout);
  private final Map<String, Future<List<Connection>>> plainly = new HashMap<>();
  private final List<Report> reports = new ArrayList<>();

  /** Checks the report of a case. */
  interface Check {
    void of(Report seen) throws Exception;
  }

  /** One test for each case; all cases begin now. */
  Stream<DynamicTest> tests(List<FaultCase> cases, Check check) {
    List<Future<Report>> running = cases.stream().map(this::start).toList();
    return IntStream.range(0, cases.size())
        .mapToObj(
            i ->
                DynamicTest.dynamicTest(
                    cases.get(i).toString(),
                    () -> {
                      Report seen = inTime(cases.get(i), get(running.get(i)));
                      check.of(seen);
                      reports.add(seen);
                    }));
  }

  /** The plain connects are the same for all backends. */
  private Future<Report> start(FaultCase each) {
    Future<List<Connection>> plain =
        plainly.computeIfAbsent(
            each.row() + (each.ipv6() ? " IPv6" : " IPv4"),
            same -> threads.submit(FaultCase.of(each.row(), "linux-legacy", each.ipv6())::plain));
    return threads.submit(() -> new Report(each, get(plain), each.fast()));
  }

  /** Returns the reports of the tests that passed. */
  List<Report> reports() {
    return reports;
  }

  private static Duration measureSynTimeout() throws Exception {
    FaultCase lost = FaultCase.of(FaultRows.SYN_LOST, "linux-legacy", /* ipv6= */ false);
    return lost.plain().get(0).time();
  }

  private Report inTime(FaultCase each, Report first) throws Exception {
    Report seen = first;
    for (int tries = 1; ; tries++) {
      sameResults(seen);
      if (!isLate(seen)) {
        return seen;
      }
      Expect.that(tries < TRIES, "took longer than plainly each time of %s: %s", TRIES, seen);
      seen = new Report(each, each.plain(), each.fast());
    }
  }

  private static <T> T get(Future<T> future) throws Exception {
    try {
      return future.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuleSkipped skipped) {
        return Assumptions.abort(skipped.getMessage());
      }
      if (e.getCause() instanceof AssertionError broken) {
        throw broken;
      }
      if (e.getCause() instanceof TestAbortedException aborted) {
        throw aborted;
      }
      throw e;
    }
  }

  private static void sameResults(Report seen) {
    if (seen.of().row().condition() != NetworkCondition.SYN_DATA_RESET) {
      Expect.equal("the results", results(seen.plain()), results(seen.fast()));
    }
  }

  private static List<Result> results(List<Connection> connections) {
    return connections.stream().map(Connection::result).toList();
  }

  /** Says whether a connect took longer than a plain one; two may have lost their SYN. */
  private boolean isLate(Report seen) throws Exception {
    int late = 0;
    for (int i = 0; i < seen.fast().size(); i++) {
      Duration plain = seen.plain().get(i).time();
      Duration fast = seen.fast().get(i).time();
      if (isLonger(fast, plain.plus(get(synTimeout)))) {
        return true;
      }
      late += isLonger(fast, plain) ? 1 : 0;
    }
    return late > MOST_LOSSES;
  }

  private static boolean isLonger(Duration time, Duration than) {
    return time.compareTo(than.multipliedBy(3).dividedBy(2).plus(JITTER)) > 0;
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
