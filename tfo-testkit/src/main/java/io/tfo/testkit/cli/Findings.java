package io.tfo.testkit.cli;

import io.tfo.FastOpenBackends;
import io.tfo.FastOpenCapability;
import io.tfo.FastOpenCapability.Status;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * What is installed here, and whether it can be used.
 *
 * @param backends the backends, best first
 * @param problems what went wrong when they were looked for
 */
record Findings(List<FastOpenBackends.Installed> backends, List<String> problems) {
  static Findings here() {
    FastOpenBackends installed = FastOpenBackends.installed();
    return new Findings(installed.list(), installed.problems());
  }

  /** Whether the chosen backend can send data in a SYN now. */
  boolean connects() {
    return chosen(FastOpenBackends.Installed::connects, FastOpenBackends.Installed::client);
  }

  /** Whether the chosen backend can accept data in a SYN now. */
  boolean listens() {
    return chosen(FastOpenBackends.Installed::listens, FastOpenBackends.Installed::server);
  }

  private boolean chosen(
      Predicate<FastOpenBackends.Installed> choice,
      Function<FastOpenBackends.Installed, FastOpenCapability> side) {
    return backends.stream()
        .anyMatch(b -> choice.test(b) && side.apply(b).status() == Status.AVAILABLE);
  }

  int exitStatus() {
    return connects() && listens()
        ? ExitStatus.YES
        : connects() || listens() ? ExitStatus.NO : ExitStatus.NOT_AT_ALL;
  }
}
