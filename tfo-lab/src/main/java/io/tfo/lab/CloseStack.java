package io.tfo.lab;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

/** Closes what was added to it, in reverse order. */
final class CloseStack implements AutoCloseable {

  /** A part that closes without a checked exception. */
  interface Resource extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Opens an object of several parts.
   *
   * @param <T> the type of the object
   */
  interface Opener<T> {
    /** Opens the parts, and adds each to the stack. */
    T open(CloseStack opened) throws IOException;
  }

  private final Deque<Resource> open = new ArrayDeque<>();

  /** Opens an object of several parts; if that fails, closes the parts that were opened. */
  static <T> T open(Opener<T> opener) throws IOException {
    CloseStack opened = new CloseStack();
    try {
      return opener.open(opened);
    } catch (Throwable e) {
      opened.close();
      throw e;
    }
  }

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
