package io.tfo.backend.windows;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** What was done that Windows answers not with an error but with corrupted memory. */
public final class Violations {
  private final List<String> all = new CopyOnWriteArrayList<>();

  void add(String what) {
    all.add(what);
  }

  public List<String> list() {
    return all;
  }
}
