package io.tfo.cli;

import io.tfo.FastOpenBackends;
import io.tfo.FastOpenCapability.Status;
import io.tfo.lab.Lab;
import io.tfo.lab.LabAvailability;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Shows the round trip that is saved, and the segments that save it. */
@Command(
    name = "demo",
    description = {
      "Connects to a host some way off, plainly and with TCP Fast Open, and shows the time and the"
          + " segments of both.",
      "Both hosts are on this machine, on Linux in network namespaces of their own, with a slow wire"
          + " between them: nothing is changed outside."
    },
    exitCodeList = {
      "0:TCP Fast Open was seen to work, with each backend.",
      "1:It was not.",
      ExitStatus.USAGE_LINE,
      ExitStatus.UNAVAILABLE_LINE
    })
final class DemoCommand implements Callable<Integer> {
  private static final int CONNECTS = 5;
  private static final Duration WARM_UP_ROUND_TRIP = Duration.ofMillis(1);
  private static final int MOST_MILLIS = 10_000;

  private final Terminal terminal;
  private final Supplier<InstalledReport> search;
  private final Relaunch relaunch;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--delay",
      paramLabel = "MILLIS",
      defaultValue = "50",
      description = "The round trip between the hosts, 0 to 10000; default: ${DEFAULT-VALUE}.")
  private int delay;

  DemoCommand(Terminal terminal, Supplier<InstalledReport> search, Relaunch relaunch) {
    this.terminal = terminal;
    this.search = search;
    this.relaunch = relaunch;
  }

  @Override
  public Integer call() throws Exception {
    Arguments.requireRange(spec, "--delay", delay, 0, MOST_MILLIS);
    OptionalInt elsewhere = relaunch.run(spec.root().commandLine().getParseResult().originalArgs());
    if (elsewhere.isPresent()) {
      return elsewhere.getAsInt();
    }
    InstalledReport findings = search.get();
    List<FastOpenBackends.Installed> supported =
        findings.backends().stream()
            .filter(backend -> backend.client().status() != Status.UNSUPPORTED)
            .toList();
    LabAvailability lab = Lab.availability();
    DemoReport report = new DemoReport(terminal, lab, Duration.ofMillis(delay));
    if (supported.isEmpty()) {
      report.nothing(findings);
      return ExitStatus.NO;
    }
    report.opening();
    try (DemoEnvironment stage = stage(lab, WARM_UP_ROUND_TRIP)) {
      for (FastOpenBackends.Installed backend : supported) {
        run(stage, backend, Demonstration.WARM_UP);
      }
    }
    Map<String, Demonstration> shown = new LinkedHashMap<>();
    for (FastOpenBackends.Installed backend : supported) {
      try (DemoEnvironment stage = stage(lab, Duration.ofMillis(delay))) {
        Demonstration demonstration = run(stage, backend, CONNECTS);
        report.connects(backend.name(), demonstration);
        shown.put(backend.name(), demonstration);
      }
    }
    if (lab.kind() == LabAvailability.Kind.TWO_HOSTS) {
      report.https(https());
    }
    report.wire(shown);
    return report.closing(shown) ? ExitStatus.YES : ExitStatus.NO;
  }

  private static Demonstration run(
      DemoEnvironment stage, FastOpenBackends.Installed backend, int count) throws Exception {
    return Demonstration.run(
        stage, backend.backend().connector(), backend.backend().listener(), count);
  }

  private Optional<HttpsDemonstration> https() throws Exception {
    try (DemoEnvironment stage = LabEnvironment.open(WARM_UP_ROUND_TRIP)) {
      HttpsDemonstration.run(stage, Demonstration.WARM_UP);
    }
    try (DemoEnvironment stage = LabEnvironment.open(Duration.ofMillis(delay))) {
      return HttpsDemonstration.run(stage, CONNECTS);
    }
  }

  private static DemoEnvironment stage(LabAvailability lab, Duration roundTrip) throws IOException {
    return lab.kind() == LabAvailability.Kind.NONE
        ? LoopbackEnvironment.open()
        : LabEnvironment.open(roundTrip);
  }
}
