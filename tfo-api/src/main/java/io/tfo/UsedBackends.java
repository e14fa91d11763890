package io.tfo;

import io.tfo.spi.FastOpenBackend;
import java.util.List;

/**
 * The backends that {@link BackendSelection} was made from. A separate class, so that reading it
 * makes no selection.
 */
final class UsedBackends {
  private static volatile List<FastOpenBackend> candidates = List.of();

  private UsedBackends() {}

  static void set(List<FastOpenBackend> all) {
    candidates = all;
  }

  /** Returns the backends; none before the selection. */
  static List<FastOpenBackend> get() {
    return candidates;
  }
}
