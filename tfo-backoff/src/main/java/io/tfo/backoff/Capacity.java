package io.tfo.backoff;

/**
 * How many destinations each table of a process holds: one for each 8 KiB that its heap may grow
 * to. A full table needs 2 to 4 % of that heap ({@code docs/scale.md}).
 */
public final class Capacity {
  static final int LEAST = 10_000;
  static final int MOST = 1_000_000;

  private static final long HEAP_PER_DESTINATION = 8 * 1024;

  private Capacity() {}

  /** The capacity for the heap of this process ({@link Runtime#maxMemory}). */
  public static int ofProcess() {
    return of(Runtime.getRuntime().maxMemory());
  }

  static int of(long heap) {
    return (int) Math.max(LEAST, Math.min(MOST, heap / HEAP_PER_DESTINATION));
  }
}
