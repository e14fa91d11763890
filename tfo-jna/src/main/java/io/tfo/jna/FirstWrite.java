package io.tfo.jna;

import org.jspecify.annotations.Nullable;

/** What a SYN took of a write of an asynchronous channel. Nothing, if the write is the JDK's. */
final class FirstWrite {
  /** Whether there was nothing to write. While the SYN waits, the JDK may write nothing else. */
  boolean isEmpty;

  /** How many bytes the SYN took. The positions are behind them. */
  int sent;

  /**
   * Whether the SYN took a part only. Then the JDK refuses other writes until it has written the
   * rest: else one of them could get between.
   */
  boolean hasRest;

  /** Why the write has failed. */
  @Nullable Exception failure;

  /** Whether nothing is left for the JDK to write. */
  boolean isDone() {
    return failure != null || (sent > 0 && !hasRest);
  }
}
