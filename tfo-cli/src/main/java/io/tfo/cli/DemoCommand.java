package io.tfo.cli;

import io.tfo.FastOpenBackends;
import io.tfo.lab.Lab;
import io.tfo.lab.LabAvailability;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Shows the saved round trip, and the segments of the connection that saves it. */
@Command(
    name = "demo",
    description = {
      "Connects to a distant host, plainly and with TCP Fast Open. Prints the times of both and the"
          + " segments of a connection with TCP Fast Open.",
      "Both hosts are simulated on this machine: on Linux two network namespaces, with a delay"
          + " between them. Settings of this machine are not changed."
    },
    exitCodeList = {
      "0:TCP Fast Open worked, with each backend for this system.",
      "1:It did not work with at least one of them, or there is none.",
      ExitStatus.USAGE_LINE,
      ExitStatus.UNAVAILABLE_LINE
    })
final class DemoCommand implements Callable<Integer> {
  private static final int CONNECTS = 5;
  private static final Duration WARM_UP_ROUND_TRIP = Duration.ofMillis(1);
  private static final int MAX_MILLIS = 10_000;

  private final Terminal terminal;
  private final Supplier<InstalledReport> probe;
  private final Relaunch relaunch;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--delay",
      paramLabel = "MILLIS",
      defaultValue = "50",
      description = "The round-trip time between the hosts, 0 to 10000; default: ${DEFAULT-VALUE}.")
  private int delay;

  DemoCommand(Terminal terminal, Supplier<InstalledReport> probe, Relaunch relaunch) {
    this.terminal = terminal;
    this.probe = probe;
    this.relaunch = relaunch;
  }

  @Override
  public Integer call() throws Exception {
    Arguments.requireRange(spec, "--delay", delay, 0, MAX_MILLIS);
    OptionalInt relaunched =
        relaunch.run(spec.root().commandLine().getParseResult().originalArgs());
    if (relaunched.isPresent()) {
      return relaunched.getAsInt();
    }
    InstalledReport installed = probe.get();
    List<FastOpenBackends.Installed> supported = installed.usable();
    LabAvailability lab = Lab.availability();
    DemoReport report = new DemoReport(terminal, lab, Duration.ofMillis(delay));
    if (supported.isEmpty()) {
      report.noBackendWorks(installed);
      return ExitStatus.NO;
    }
    report.opening();
    try (DemoEnvironment environment = open(lab, WARM_UP_ROUND_TRIP)) {
      for (FastOpenBackends.Installed backend : supported) {
        run(environment, backend, Demonstration.WARM_UP);
      }
    }
    Map<String, Demonstration> demonstrations = new LinkedHashMap<>();
    for (FastOpenBackends.Installed backend : supported) {
      try (DemoEnvironment environment = open(lab, Duration.ofMillis(delay))) {
        Demonstration demonstration = run(environment, backend, CONNECTS);
        report.connects(backend.name(), demonstration);
        demonstrations.put(backend.name(), demonstration);
      }
    }
    if (lab.kind() == LabAvailability.Kind.TWO_HOSTS) {
      https(report);
    }
    report.wire(demonstrations);
    return report.closing(demonstrations) ? ExitStatus.YES : ExitStatus.NO;
  }

  private static Demonstration run(
      DemoEnvironment environment, FastOpenBackends.Installed backend, int count) throws Exception {
    return Demonstration.run(
        environment, backend.backend().connector(), backend.backend().listener(), count);
  }

  private void https(DemoReport report) throws Exception {
    report.https();
    try {
      report.https(https());
    } catch (NoClassDefFoundError e) {
      report.noHttps("OkHttp is not on the class path");
    } catch (GeneralSecurityException e) {
      report.noHttps("this Java runtime lacks what TLS needs, " + e.getMessage());
    }
  }

  private HttpsDemonstration https() throws Exception {
    try (DemoEnvironment environment = LabEnvironment.open(WARM_UP_ROUND_TRIP)) {
      HttpsDemonstration.run(environment, Demonstration.WARM_UP);
    }
    try (DemoEnvironment environment = LabEnvironment.open(Duration.ofMillis(delay))) {
      return HttpsDemonstration.run(environment, CONNECTS);
    }
  }

  private static DemoEnvironment open(LabAvailability lab, Duration roundTrip) throws IOException {
    return lab.kind() == LabAvailability.Kind.NONE
        ? LoopbackEnvironment.open()
        : LabEnvironment.open(roundTrip);
  }
}
