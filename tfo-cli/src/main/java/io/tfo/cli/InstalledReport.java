package io.tfo.cli;

import io.tfo.FastOpenBackends;
import io.tfo.FastOpenCapability;
import io.tfo.FastOpenCapability.Status;
import io.tfo.FastOpenConnector;
import io.tfo.FastOpenListener;
import java.util.List;

/**
 * What is installed here, and what of it an application gets.
 *
 * @param backends the backends, best first
 * @param problems what went wrong when they were looked for
 * @param client the chosen connector's capability
 * @param server the chosen listener's capability
 */
record InstalledReport(
    List<FastOpenBackends.Installed> backends,
    List<String> problems,
    FastOpenCapability client,
    FastOpenCapability server) {
  static InstalledReport here() {
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
