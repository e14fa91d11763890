package io.tfo.integration.stress;

import java.nio.ByteBuffer;

/** A connection's bytes: its number, its length, and bytes that are computed from the number. */
final class Payload {
  static final int HEADER = Long.BYTES + Integer.BYTES;
  static final int MOST = 20_000;

  private Payload() {}

  /** Most fit into a SYN, some do not, and some consist of the header only. */
  static int length(long id) {
    return switch ((int) (id % 16)) {
      case 0 -> 0;
      case 1 -> MOST;
      case 2 -> 4_000;
      default -> (int) (mix(id) >>> 1) % 700 + 700;
    };
  }

  static ByteBuffer of(long id, boolean direct) {
    int length = length(id);
    ByteBuffer data =
        direct ? ByteBuffer.allocateDirect(HEADER + length) : ByteBuffer.allocate(HEADER + length);
    data.putLong(id).putInt(length);
    for (int i = 0; i < length; i++) {
      data.put(at(id, i));
    }
    return data.flip();
  }

  /** Returns the position of the first byte that is not the connection's; -1 if there is none. */
  static int mismatch(long id, ByteBuffer bytes) {
    for (int i = 0; bytes.hasRemaining(); i++) {
      if (bytes.get() != at(id, i)) {
        return i;
      }
    }
    return -1;
  }

  private static byte at(long id, int i) {
    return (byte) (id * 31 + i * 7L + (i >>> 8));
  }

  private static long mix(long id) {
    long z = id * 0x9E3779B97F4A7C15L;
    return (z ^ (z >>> 29)) & Integer.MAX_VALUE;
  }
}
