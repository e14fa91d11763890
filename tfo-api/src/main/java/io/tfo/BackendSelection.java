package io.tfo;

import io.tfo.log.ProgramLog;
import io.tfo.spi.FastOpenBackend;
import io.tfo.spi.MalformedProperties;
import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The installed backends, and the two that are chosen: one to connect, one to listen. The first
 * connect of a process waits for this choice. So its code uses loops: the first lambda or stream of
 * a process takes milliseconds. The server side is probed only when a caller asks for the listener.
 */
final class BackendSelection {
  /** The system property that forces a backend by its name. */
  static final String PROPERTY = "io.tfo.backend";

  /** The value of {@link #PROPERTY} that switches the library off. */
  static final String NONE = "none";

  /** The name of the class loader in which {@code tfo-agent} has this library. */
  private static final String AGENT = "tfo-agent";

  /**
   * The selection of this process. Null for the thread that is making the selection: a backend that
   * is being probed can open a channel, which can read this field.
   */
  static final BackendSelection SYSTEM = system();

  private final List<FastOpenBackend> backends;
  private final List<FastOpenBackend> candidates;
  private final List<String> problems;
  private final Optional<String> forced;
  private final @Nullable FastOpenBackend connecting;
  private final FastOpenConnector connector;
  private @Nullable FastOpenBackend listening;
  private @Nullable FastOpenListener listener;

  private BackendSelection(
      List<FastOpenBackend> backends,
      List<FastOpenBackend> candidates,
      List<String> problems,
      Optional<String> forced) {
    this.backends = backends;
    this.candidates = candidates;
    this.problems = problems;
    this.forced = forced;
    this.connecting = choose(Side.CLIENT);
    this.connector =
        connecting == null ? new PlainConnector(whyPlain(Side.CLIENT)) : connecting.connector();
  }

  /** All backends that could be loaded, in the order of choice. */
  List<FastOpenBackend> backends() {
    return backends;
  }

  /** The backends to choose from: all, or only the forced one. */
  List<FastOpenBackend> candidates() {
    return candidates;
  }

  /**
   * One line of text each: providers that could not be loaded, a forced name that is not installed.
   */
  List<String> problems() {
    return problems;
  }

  /** The chosen client side. */
  FastOpenConnector connector() {
    return connector;
  }

  /** The chosen server side. */
  @SuppressWarnings("removal")
  synchronized FastOpenListener listener() {
    FastOpenListener known = listener;
    if (known == null) {
      listening =
          System.getSecurityManager() == null
              ? choose(Side.SERVER)
              : AccessController.doPrivileged(
                  (PrivilegedAction<@Nullable FastOpenBackend>) () -> choose(Side.SERVER));
      known = listening == null ? new PlainListener(whyPlain(Side.SERVER)) : listening.listener();
      listener = known;
    }
    return known;
  }

  /** Whether this backend was chosen to connect. */
  boolean connects(FastOpenBackend backend) {
    return backend == connecting;
  }

  /** Whether this backend was chosen to listen. */
  synchronized boolean listens(FastOpenBackend backend) {
    FastOpenListener unused = listener(); // makes the choice
    return backend == listening;
  }

  /** The two sides of TCP Fast Open. */
  private enum Side {
    CLIENT,
    SERVER;

    FastOpenCapability of(FastOpenBackend backend) {
      return this == CLIENT ? CapabilityProbe.client(backend) : CapabilityProbe.server(backend);
    }
  }

  /** Selects with the library's own permissions, since the first caller selects for all callers. */
  @SuppressWarnings("removal")
  private static BackendSelection system() {
    return System.getSecurityManager() == null
        ? search()
        : AccessController.doPrivileged(
            (PrivilegedAction<BackendSelection>) BackendSelection::search);
  }

  private static BackendSelection search() {
    try {
      BackendSelection selection =
          of(
              ServiceLoader.load(FastOpenBackend.class, FastOpenBackend.class.getClassLoader()),
              Optional.ofNullable(property(PROPERTY)));
      UsedBackends.set(selection.candidates);
      selection.logProblems();
      if (!isAgents(BackendSelection.class.getClassLoader())) {
        logMalformedProperties();
      }
      return selection;
    } catch (RuntimeException | Error e) {
      // For example, a security manager denies the property. Connects are plain then.
      String problem = "the search for backends failed: " + LoadedBackends.withCause(e);
      return new BackendSelection(List.of(), List.of(), List.of(problem), Optional.empty());
    }
  }

  private static @Nullable String property(String name) {
    String value = System.getProperty(name);
    return value == null ? null : value.strip();
  }

  /** Not called in the agent's copy of the library: the agent has logged them at its start. */
  private static void logMalformedProperties() {
    try {
      for (String property : MalformedProperties.OF_CONNECTS_AND_LISTENERS.split(",", -1)) {
        if (System.getProperty(property) != null) {
          for (String line : MalformedProperties.ofConnectsAndListeners(System.getProperties())) {
            ProgramLog.log(System.Logger.Level.WARNING, line);
          }
          return;
        }
      }
    } catch (SecurityException e) {
      // A property that may not be read is not checked.
    }
  }

  private void logProblems() {
    for (String problem : problems) {
      ProgramLog.log(System.Logger.Level.WARNING, problem);
    }
    if (isBroken()) {
      ProgramLog.log(
          levelOfBroken(BackendSelection.class.getClassLoader()),
          "connects are plain: " + connector.capability());
    }
  }

  /**
   * The level at which a broken backend is logged: lower for a program that has the library by the
   * agent alone, since it does not depend on the library.
   */
  private static System.Logger.Level levelOfBroken(@Nullable ClassLoader loader) {
    return isAgents(loader) ? System.Logger.Level.INFO : System.Logger.Level.WARNING;
  }

  private static boolean isAgents(@Nullable ClassLoader loader) {
    return loader != null && AGENT.equals(loader.getName());
  }

  /**
   * Chooses among backends.
   *
   * @param providers the providers over which a {@link ServiceLoader} iterates
   * @param forced the value of {@link #PROPERTY}
   */
  static BackendSelection of(Iterable<FastOpenBackend> providers, Optional<String> forced) {
    LoadedBackends loaded = LoadedBackends.from(providers);
    List<FastOpenBackend> backends = loaded.backends();
    List<FastOpenBackend> candidates = backends;
    List<String> problems = new ArrayList<>(loaded.problems());
    if (forced.isPresent()) {
      String name = forced.get();
      candidates = named(backends, name);
      if (candidates.isEmpty() && !name.equals(NONE)) {
        problems.add(
            String.format(
                Locale.ROOT,
                "-D%s=%s names no installed backend; installed: %s",
                PROPERTY,
                name,
                backends.isEmpty() ? "none" : names(backends)));
      }
    }
    return new BackendSelection(backends, candidates, List.copyOf(problems), forced);
  }

  private static List<FastOpenBackend> named(List<FastOpenBackend> backends, String name) {
    List<FastOpenBackend> named = new ArrayList<>();
    for (FastOpenBackend backend : backends) {
      if (backend.name().equals(name)) {
        named.add(backend);
      }
    }
    return List.copyOf(named);
  }

  /** Whether a backend for this system is installed and may be chosen, and none works. */
  private boolean isBroken() {
    if (connecting == null) {
      for (FastOpenBackend each : candidates) {
        if (!CapabilityProbe.isForOtherSystem(each)) {
          return true;
        }
      }
    }
    return false;
  }

  /**
   * The first backend that this platform supports. A forced backend is not probed. Neither is a
   * backend for another system: it would create its connector or listener for the probe.
   */
  private @Nullable FastOpenBackend choose(Side side) {
    for (FastOpenBackend each : candidates) {
      if (forced.isPresent()
          || (!CapabilityProbe.isForOtherSystem(each) && isSupported(side, each))) {
        return each;
      }
    }
    return null;
  }

  private static boolean isSupported(Side side, FastOpenBackend backend) {
    return side.of(backend).status() != FastOpenCapability.Status.UNSUPPORTED;
  }

  /** The capability of the plain fallback: why no backend was chosen for this side. */
  private FastOpenCapability whyPlain(Side side) {
    if (forced.isPresent() && forced.get().equals(NONE)) {
      return FastOpenCapability.unsupported(
          String.format(Locale.ROOT, "switched off by -D%s=%s", PROPERTY, NONE),
          "remove this property");
    }
    if (backends.isEmpty() && problems.isEmpty()) {
      return FastOpenCapability.unsupported(
          "no backend is installed",
          "put tfo-all, or a backend for this platform such as tfo-backend-linux-legacy, on the"
              + " class path or module path");
    }
    List<String> reasons = new ArrayList<>(problems);
    Set<String> remedies = new LinkedHashSet<>();
    if (forced.isEmpty() && !backends.isEmpty()) {
      Map<String, String> namesByDetail = new LinkedHashMap<>();
      boolean allForeign = backends.stream().allMatch(CapabilityProbe::isForOtherSystem);
      for (FastOpenBackend backend : backends) {
        if (CapabilityProbe.isForOtherSystem(backend) && !allForeign) {
          continue;
        }
        FastOpenCapability capability = side.of(backend);
        namesByDetail.merge(
            capability.detail(), backend.name(), (some, name) -> some + ", " + name);
        capability.remedy().ifPresent(remedies::add);
      }
      reasons.add(
          namesByDetail.entrySet().stream()
              .map(each -> each.getValue() + ": " + each.getKey())
              .collect(
                  Collectors.joining("; ", "none of the installed backends works here: ", "")));
    }
    return new FastOpenCapability(
        FastOpenCapability.Status.UNSUPPORTED,
        String.join("; ", reasons),
        remedies.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", remedies)));
  }

  private static String names(List<FastOpenBackend> backends) {
    return backends.stream().map(FastOpenBackend::name).collect(Collectors.joining(", "));
  }
}
