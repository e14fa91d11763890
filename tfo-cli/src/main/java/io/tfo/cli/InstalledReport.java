package io.tfo.cli;

import io.tfo.FastOpenBackends;
import io.tfo.FastOpenCapability;
import io.tfo.FastOpenCapability.Status;
import io.tfo.FastOpenConnector;
import io.tfo.FastOpenListener;
import io.tfo.spi.FastOpenBackend;
import java.util.List;

/**
 * The installed backends, and the capabilities that an application gets.
 *
 * @param backends the backends, in the order of choice
 * @param candidates the names of the backends from which one is chosen
 * @param problems what failed when the backends were loaded
 * @param client the chosen connector's capability
 * @param server the chosen listener's capability
 */
record InstalledReport(
    List<FastOpenBackends.Installed> backends,
    List<String> candidates,
    List<String> problems,
    FastOpenCapability client,
    FastOpenCapability server) {
  /** Probes the backends on this machine. */
  static InstalledReport probe() {
    FastOpenBackends installed = FastOpenBackends.installed();
    return new InstalledReport(
        installed.list(),
        FastOpenBackends.candidates().orElse(List.of()).stream()
            .map(FastOpenBackend::name)
            .toList(),
        installed.problems(),
        FastOpenConnector.system().capability(),
        FastOpenListener.system().capability());
  }

  /** The backends that {@code -Dio.tfo.backend} leaves, and that this system supports. */
  List<FastOpenBackends.Installed> usable() {
    return backends.stream()
        .filter(backend -> candidates.contains(backend.name()))
        .filter(backend -> backend.client().status() != Status.UNSUPPORTED)
        .toList();
  }

  boolean connects() {
    return Side.of(client) == Side.USABLE;
  }

  boolean listens() {
    return Side.of(server) == Side.USABLE;
  }

  int exitStatus() {
    return Side.exitStatus(client, server);
  }
}
