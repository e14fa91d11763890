package io.tfo.cli;

import io.tfo.management.FastOpenMXBean;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints the counters of another process once a second. */
@Command(
    name = "top",
    description =
        "Prints once a second the TCP Fast Open counters of another process on this machine: first"
            + " the totals since its start, then the increase since the line before. While this"
            + " command runs, that process reads the outcome of each connection. Ends with Ctrl-C.",
    exitCodeList = {
      "0:It has printed --count lines.",
      ExitStatus.USAGE_LINE,
      "69:There is no such process, it cannot be queried, or it has ended.",
      "130:Ctrl-C has ended it."
    })
final class TopCommand implements Callable<Integer> {
  private static final int LINES_A_PAGE = 20;

  /**
   * How long the process reads outcomes: longer than the pause, and short enough that it soon stops
   * after this command.
   */
  private static final int OUTCOMES_SECONDS = 5;

  private final Terminal terminal;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "PID", description = "The id of the process.")
  private long pid;

  @Option(
      names = "--count",
      paramLabel = "N",
      description = "Ends after this number of lines; default: never.")
  private long count = Long.MAX_VALUE;

  TopCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws Exception {
    Arguments.requireRange(spec, "PID", pid, 1, Long.MAX_VALUE);
    Arguments.requireRange(spec, "--count", count, 1, Long.MAX_VALUE);
    try (AttachedProcess process = JavaProcess.attachByJmx(pid)) {
      List<ProcessReport> before = List.of();
      for (long line = 0; line < count; line++) {
        if (line > 0) {
          TimeUnit.SECONDS.sleep(1);
        }
        if (line % LINES_A_PAGE == 0) {
          header();
        }
        List<ProcessReport> now = process.ask(TopCommand::read);
        print(now, before);
        before = now;
      }
      return ExitStatus.YES;
    }
  }

  private static ProcessReport read(FastOpenMXBean bean) {
    bean.readOutcomes(OUTCOMES_SECONDS);
    return ProcessReport.of(bean);
  }

  private void header() {
    terminal.line(
        "%9s%9s%9s%9s%9s%9s%9s%9s",
        "SYN data", "acked", "not", "cookies", "lost", "plain", "accepted", "back-off");
  }

  private void print(List<ProcessReport> now, List<ProcessReport> before) {
    terminal.line(
        "%9d%9d%9d%9d%9d%9d%9d%9d",
        since(ProcessReport::synData, now, before),
        since(ProcessReport::acknowledged, now, before),
        since(ProcessReport::notAcknowledged, now, before),
        since(ProcessReport::cookieRequested, now, before),
        since(ProcessReport::retransmitted, now, before),
        since(ProcessReport::plainConnects, now, before),
        since(ProcessReport::acceptedSynData, now, before),
        now.stream().mapToLong(copy -> copy.backOff().size()).sum());
  }

  private static long since(
      ToLongFunction<ProcessReport> counter, List<ProcessReport> now, List<ProcessReport> before) {
    return now.stream().mapToLong(counter).sum() - before.stream().mapToLong(counter).sum();
  }
}
