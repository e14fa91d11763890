package io.tfo;

import io.tfo.spi.FastOpenBackend;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;

/**
 * The backends that could be loaded, and why others could not.
 *
 * @param backends sorted by priority, highest first
 * @param problems one line of text for each distinct failure
 */
record LoadedBackends(List<FastOpenBackend> backends, List<String> problems) {
  /**
   * A limit, since one broken provider can make the search for the next one fail again and again.
   */
  private static final int MAX_FAILURES = 100;

  /**
   * Loads backends. A provider that fails to load, or that breaks the contract of {@link
   * FastOpenBackend}, is left out and does not affect the others.
   *
   * @param providers the providers over which a {@link java.util.ServiceLoader} iterates
   */
  static LoadedBackends from(Iterable<FastOpenBackend> providers) {
    List<FastOpenBackend> backends = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    Iterator<FastOpenBackend> iterator = providers.iterator();
    for (int failures = 0; failures < MAX_FAILURES; ) {
      try {
        if (!iterator.hasNext()) {
          break;
        }
        add(checked(iterator.next()), backends);
      } catch (RuntimeException | Error e) {
        failures++;
        String problem = "a backend could not be loaded: " + withCause(e);
        if (!problems.contains(problem)) {
          problems.add(problem);
        }
      }
    }
    return new LoadedBackends(List.copyOf(backends), List.copyOf(problems));
  }

  /** Adds a backend before those of a lower priority. */
  private static void add(FastOpenBackend backend, List<FastOpenBackend> sorted) {
    int place = sorted.size();
    while (place > 0 && sorted.get(place - 1).priority() < backend.priority()) {
      place--;
    }
    sorted.add(place, backend);
  }

  /**
   * Checks the contract here, so that only a broken backend is left out. A backend for another
   * system is not asked for its connector and listener: to create them takes time, and the first
   * connect of a process waits for this check.
   */
  private static FastOpenBackend checked(FastOpenBackend backend) {
    backend.priority();
    Objects.requireNonNull(backend.name(), "name");
    if (backend.otherSystem().isEmpty()) {
      Objects.requireNonNull(backend.connector(), "connector");
      Objects.requireNonNull(backend.listener(), "listener");
    }
    return backend;
  }

  /** An exception in one line, with its cause: often only the cause tells what is missing. */
  static String withCause(Throwable e) {
    return e.getCause() == null ? e.toString() : e + " (" + e.getCause() + ")";
  }
}
