package io.tfo;

import io.tfo.spi.FastOpenBackend;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * The installed backends and the choice among them.
 *
 * @param backends those that could be loaded, best first
 * @param candidates those of them that were chosen from: all, or the one that is forced
 * @param problems what went wrong, for people: providers that could not be loaded, an unknown name
 * @param connector the chosen client side
 * @param listener the chosen server side
 */
record BackendSelection(
    List<FastOpenBackend> backends,
    List<FastOpenBackend> candidates,
    List<String> problems,
    FastOpenConnector connector,
    FastOpenListener listener) {
  static final String PROPERTY = "io.tfo.backend";
  static final String NONE = "none";

  /** The choice for this process. */
  static final BackendSelection SYSTEM = system();

  /** Where one broken provider hides the next for ever, the search ends here. */
  private static final int MOST_FAILURES = 100;

  private static BackendSelection system() {
    try {
      return of(
          ServiceLoader.load(FastOpenBackend.class, FastOpenBackend.class.getClassLoader()),
          Optional.ofNullable(System.getProperty(PROPERTY)));
    } catch (RuntimeException | Error e) {
      // A security manager's, say: whatever the environment forbids, connects are plain.
      String problem = "no backend could be looked for: " + withCause(e);
      FastOpenCapability nothing = FastOpenCapability.unsupported(problem);
      return new BackendSelection(
          List.of(),
          List.of(),
          List.of(problem),
          new PlainConnector(nothing),
          new PlainListener(nothing));
    }
  }

  static BackendSelection of(Iterable<FastOpenBackend> providers, Optional<String> forced) {
    List<String> problems = new ArrayList<>();
    List<FastOpenBackend> backends = load(providers.iterator(), problems);
    List<FastOpenBackend> candidates = backends;
    if (forced.isPresent()) {
      String name = forced.get();
      candidates = backends.stream().filter(b -> b.name().equals(name)).toList();
      if (candidates.isEmpty() && !name.equals(NONE)) {
        problems.add(
            "-D%s=%s names no installed backend; installed: %s"
                .formatted(PROPERTY, name, backends.isEmpty() ? "none" : names(backends)));
      }
    }
    for (String problem : problems) {
      System.getLogger("io.tfo").log(System.Logger.Level.WARNING, problem);
    }
    return new BackendSelection(
        List.copyOf(backends),
        List.copyOf(candidates),
        List.copyOf(problems),
        choose(candidates, forced, FastOpenBackend::connector, BackendSelection::client)
            .orElseGet(
                () ->
                    new PlainConnector(
                        whyNothing(backends, problems, forced, BackendSelection::client))),
        choose(candidates, forced, FastOpenBackend::listener, BackendSelection::server)
            .orElseGet(
                () ->
                    new PlainListener(
                        whyNothing(backends, problems, forced, BackendSelection::server))));
  }

  /** The client side of a backend, even of one that breaks its promise not to throw. */
  static FastOpenCapability client(FastOpenBackend backend) {
    return probe(() -> backend.connector().capability());
  }

  /** The server side of a backend, likewise. */
  static FastOpenCapability server(FastOpenBackend backend) {
    return probe(() -> backend.listener().capability());
  }

  private static FastOpenCapability probe(Supplier<FastOpenCapability> capability) {
    try {
      return Objects.requireNonNull(capability.get(), "capability");
    } catch (RuntimeException | Error e) {
      return FastOpenCapability.unsupported("the backend failed: " + withCause(e));
    }
  }

  private static List<FastOpenBackend> load(
      Iterator<FastOpenBackend> providers, List<String> problems) {
    List<FastOpenBackend> backends = new ArrayList<>();
    int failures = 0;
    while (failures < MOST_FAILURES) {
      try {
        if (!providers.hasNext()) {
          break;
        }
        FastOpenBackend backend = providers.next();
        // What breaks its contract is found out here, where it costs only itself.
        backend.priority();
        Objects.requireNonNull(backend.name(), "name");
        Objects.requireNonNull(backend.connector(), "connector");
        Objects.requireNonNull(backend.listener(), "listener");
        backends.add(backend);
      } catch (RuntimeException | Error e) {
        failures++;
        String problem = "a backend could not be loaded: " + withCause(e);
        if (!problems.contains(problem)) {
          problems.add(problem);
        }
      }
    }
    backends.sort(Comparator.comparingInt(FastOpenBackend::priority).reversed());
    return backends;
  }

  /** The best of those that this platform supports; a forced one whatever it says of itself. */
  private static <S> Optional<S> choose(
      List<FastOpenBackend> candidates,
      Optional<String> forced,
      Function<FastOpenBackend, S> side,
      Function<FastOpenBackend, FastOpenCapability> capability) {
    return candidates.stream()
        .filter(
            b ->
                forced.isPresent()
                    || capability.apply(b).status() != FastOpenCapability.Status.UNSUPPORTED)
        .findFirst()
        .map(side);
  }

  private static FastOpenCapability whyNothing(
      List<FastOpenBackend> backends,
      List<String> problems,
      Optional<String> forced,
      Function<FastOpenBackend, FastOpenCapability> capability) {
    if (forced.isPresent() && forced.get().equals(NONE)) {
      return FastOpenCapability.unsupported(
          "switched off by -D%s=%s".formatted(PROPERTY, NONE), "leave the property out");
    }
    if (backends.isEmpty() && problems.isEmpty()) {
      return FastOpenCapability.unsupported(
          "no backend is installed",
          "put a backend for this platform on the class path or module path, such as"
              + " tfo-backend-linux-legacy");
    }
    List<String> reasons = new ArrayList<>(problems);
    Set<String> remedies = new LinkedHashSet<>();
    if (forced.isEmpty() && !backends.isEmpty()) {
      List<String> each = new ArrayList<>();
      for (FastOpenBackend backend : backends) {
        FastOpenCapability found = capability.apply(backend);
        each.add(backend.name() + ": " + found.detail());
        found.remedy().ifPresent(remedies::add);
      }
      reasons.add("none of the installed backends works here: " + String.join("; ", each));
    }
    return new FastOpenCapability(
        FastOpenCapability.Status.UNSUPPORTED,
        String.join("; ", reasons),
        remedies.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", remedies)));
  }

  private static String names(List<FastOpenBackend> backends) {
    return backends.stream().map(FastOpenBackend::name).collect(Collectors.joining(", "));
  }

  private static String withCause(Throwable e) {
    return e.getCause() == null ? e.toString() : e + " (" + e.getCause() + ")";
  }
}
