package io.tfo;

import io.tfo.spi.FastOpenBackend;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What is installed, in the order of choice, each backend with its two capabilities; printable.
 *
 * <p>A snapshot: the capabilities are those of the moment at which it was taken.
 */
public final class FastOpenBackends {
  private final List<Installed> installed;
  private final List<String> problems;

  private FastOpenBackends(List<Installed> installed, List<String> problems) {
    this.installed = installed;
    this.problems = problems;
  }

  /**
   * One installed backend.
   *
   * @param backend the backend itself
   * @param connects whether {@link FastOpenConnector#system()} is this backend's
   * @param listens whether {@link FastOpenListener#system()} is this backend's
   * @param client its client side, probed when the snapshot was taken
   * @param server its server side, probed when the snapshot was taken
   */
  public record Installed(
      FastOpenBackend backend,
      boolean connects,
      boolean listens,
      FastOpenCapability client,
      FastOpenCapability server) {
    /**
     * The backend's name.
     *
     * @return the name that {@code -Dio.tfo.backend} takes
     */
    public String name() {
      return backend.name();
    }

    @Override
    public String toString() {
      String chosen =
          connects && listens
              ? " (chosen)"
              : connects ? " (chosen to connect)" : listens ? " (chosen to listen)" : "";
      return "%s%s%n  client %s%n  server %s".formatted(name(), chosen, client, server);
    }
  }

  /**
   * Probes what is installed.
   *
   * @return a snapshot of this moment
   */
  public static FastOpenBackends installed() {
    return of(BackendSelection.SYSTEM);
  }

  /**
   * The backends that the system chooses from: all that are installed, or only the one that {@code
   * -Dio.tfo.backend} names. Probes nothing.
   *
   * @return them in the order of choice; empty while the calling thread is making that choice, as
   *     when a backend that is being probed opens a channel
   */
  public static Optional<List<FastOpenBackend>> candidates() {
    return Optional.ofNullable(BackendSelection.SYSTEM).map(BackendSelection::candidates);
  }

  static FastOpenBackends of(BackendSelection selection) {
    return new FastOpenBackends(
        selection.backends().stream()
            .map(
                b ->
                    new Installed(
                        b,
                        b.connector() == selection.connector(),
                        b.listener() == selection.listener(),
                        BackendSelection.client(b),
                        BackendSelection.server(b)))
            .toList(),
        selection.problems());
  }

  /**
   * The installed backends.
   *
   * @return them in the order of choice, best first
   */
  public List<Installed> list() {
    return installed;
  }

  /**
   * What went wrong when the backends were looked for: providers that could not be loaded, a forced
   * name that is not installed.
   *
   * @return one line of text each; empty if there was none
   */
  public List<String> problems() {
    return problems;
  }

  /** A report of a few lines. */
  @Override
  public String toString() {
    String lines =
        installed.isEmpty()
            ? "no backend is installed"
            : installed.stream()
                .map(Installed::toString)
                .collect(Collectors.joining(System.lineSeparator()));
    return problems.isEmpty()
        ? lines
        : lines
            + System.lineSeparator()
            + "problem: "
            + String.join(System.lineSeparator() + "problem: ", problems);
  }
}
