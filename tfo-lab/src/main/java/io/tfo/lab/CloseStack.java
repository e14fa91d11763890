package io.tfo.lab;

import java.util.ArrayDeque;
import java.util.Deque;

/** What was opened so far, to be closed in reverse order. */
final class CloseStack implements AutoCloseable {

  /** Something to close, without a checked exception. */
  interface Resource extends AutoCloseable {
    @Override
    void close();
  }

  private final Deque<Resource> open = new ArrayDeque<>();

  <T extends Resource> T add(T resource) {
    open.push(resource);
    return resource;
  }

  @Override
  public void close() {
    while (!open.isEmpty()) {
      open.pop().close();
    }
  }
}
