package io.tfo.backend.windows;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Records uses of memory that Windows does not report, but that would corrupt the process. */
final class Violations {
  private final List<String> all = new CopyOnWriteArrayList<>();

  void add(String what) {
    all.add(what);
  }

  /** Returns what was recorded, in order. */
  List<String> list() {
    return all;
  }
}
