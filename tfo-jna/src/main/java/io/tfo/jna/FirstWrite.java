package io.tfo.jna;

import org.jspecify.annotations.Nullable;

/** The part of an asynchronous channel's write that a SYN took; nothing, if the JDK writes it. */
final class FirstWrite {
  /** Whether there was nothing to write. While the SYN waits, the JDK may write nothing else. */
  boolean isEmpty;

  /** How many bytes the SYN took. The buffers' positions are after them. */
  int sent;

  /**
   * Whether the SYN took only a part. The JDK then refuses other writes until it has written the
   * rest: otherwise another write could come between the two parts.
   */
  boolean hasRest;

  /** Why the write has failed. */
  @Nullable Exception failure;

  /** Whether nothing is left for the JDK to write. */
  boolean isDone() {
    return failure != null || (sent > 0 && !hasRest);
  }
}
