package io.tfo;

import io.tfo.spi.FastOpenBackend;
import io.tfo.spi.MalformedProperties;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A snapshot of the installed backends, in the order of choice, each with its two capabilities.
 *
 * <p>The capabilities are those of the moment at which the snapshot was taken. {@link #toString()}
 * is a report of a few lines.
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
   * @param backend the backend
   * @param connects whether it was chosen to connect: {@link FastOpenConnector#system()} is its
   *     connector
   * @param listens whether it was chosen to listen: {@link FastOpenListener#system()} is its
   *     listener
   * @param client the capability of its client side, probed when the snapshot was taken
   * @param server the capability of its server side, probed when the snapshot was taken
   */
  public record Installed(
      FastOpenBackend backend,
      boolean connects,
      boolean listens,
      FastOpenCapability client,
      FastOpenCapability server) {
    /**
     * Returns the backend's name.
     *
     * @return the name, a value for {@code -Dio.tfo.backend}
     */
    public String name() {
      return backend.name();
    }

    /**
     * Returns three lines: the name and what it was chosen for, the client side, the server side.
     */
    @Override
    public String toString() {
      String chosen =
          connects && listens
              ? " (chosen)"
              : connects ? " (chosen to connect)" : listens ? " (chosen to listen)" : "";
      return String.format(
          Locale.ROOT, "%s%s%n  client %s%n  server %s", name(), chosen, client, server);
    }
  }

  /**
   * Probes all installed backends.
   *
   * @return a new snapshot
   */
  public static FastOpenBackends installed() {
    FastOpenBackends snapshot = of(BackendSelection.SYSTEM);
    List<String> problems = new ArrayList<>(snapshot.problems);
    problems.addAll(malformedProperties());
    return new FastOpenBackends(snapshot.installed, List.copyOf(problems));
  }

  private static List<String> malformedProperties() {
    try {
      return MalformedProperties.of(System.getProperties());
    } catch (SecurityException e) {
      return List.of();
    }
  }

  /**
   * Returns the backends that {@link FastOpenConnector#system()} and {@link
   * FastOpenListener#system()} choose from: all installed ones, or only the one that {@code
   * -Dio.tfo.backend} names. The first call in a process makes that choice, which probes the
   * backends; later calls probe nothing.
   *
   * @return the backends in the order of choice. Empty if the calling thread is making that choice:
   *     a backend that is probed can open a channel, and a selector provider can then call this
   *     method
   */
  public static Optional<List<FastOpenBackend>> candidates() {
    BackendSelection selection = BackendSelection.SYSTEM;
    return selection == null ? Optional.empty() : Optional.of(selection.candidates());
  }

  static FastOpenBackends of(BackendSelection selection) {
    return new FastOpenBackends(
        selection.backends().stream()
            .map(
                b ->
                    new Installed(
                        b,
                        selection.connects(b),
                        selection.listens(b),
                        CapabilityProbe.client(b),
                        CapabilityProbe.server(b)))
            .toList(),
        selection.problems());
  }

  /**
   * Returns the installed backends.
   *
   * @return an unmodifiable list in the order of choice, highest priority first
   */
  public List<Installed> list() {
    return installed;
  }

  /**
   * Returns the problems that were found when the backends were loaded: providers that could not be
   * loaded, a forced name that is not installed, and malformed system properties of the library.
   *
   * @return an unmodifiable list of problems, one line of text each; empty if there was none
   */
  public List<String> problems() {
    return problems;
  }

  /** Returns a report of a few lines: each backend, then each problem. */
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
