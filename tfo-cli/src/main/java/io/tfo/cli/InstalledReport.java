package io.tfo.cli;

import io.tfo.FastOpenBackends;
import io.tfo.FastOpenCapability;
import io.tfo.FastOpenCapability.Status;
import io.tfo.FastOpenConnector;
import io.tfo.FastOpenListener;
import java.util.List;

/**
 * The installed backends, and the capabilities that an application gets.
 *
 * @param backends the backends, in the order of choice
 * @param problems what failed when the backends were loaded
 * @param client the chosen connector's capability
 * @param server the chosen listener's capability
 */
record InstalledReport(
    List<FastOpenBackends.Installed> backends,
    List<String> problems,
    FastOpenCapability client,
    FastOpenCapability server) {
  /** Probes the backends on this machine. */
  static InstalledReport probe() {
    FastOpenBackends installed = FastOpenBackends.installed();
    return new InstalledReport(
        installed.list(),
        installed.problems(),
        FastOpenConnector.system().capability(),
        FastOpenListener.system().capability());
  }

  boolean connects() {
    return client.status() == Status.AVAILABLE;
  }

  boolean listens() {
    return server.status() == Status.AVAILABLE;
  }

  int exitStatus() {
    return connects() && listens()
        ? ExitStatus.YES
        : connects() || listens() ? ExitStatus.NO : ExitStatus.NOT_AT_ALL;
  }
}
