package io.tfo.jna;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;

/**
 * The direct buffers of one native call: an address, and the SYN data. They are pooled. A call
 * takes microseconds, so the pool holds no more of them than threads were ever in a call at once.
 */
final class CallBuffers {
  /**
   * The most data offered to a SYN: it never takes more than a segment, and this is above the
   * largest Ethernet frames. What is not offered is written after the handshake.
   */
  static final int MOST_SYN_DATA = 16 * 1024;

  /** Guarded by its own monitor: a concurrent queue would allocate at each call. */
  private static final ArrayDeque<CallBuffers> FREE = new ArrayDeque<>();

  final ByteBuffer address =
      ByteBuffer.allocateDirect(SocketAddressLayout.MAX_LENGTH).order(ByteOrder.nativeOrder());
  private final ByteBuffer copy = ByteBuffer.allocateDirect(MOST_SYN_DATA);

  private CallBuffers() {}

  static CallBuffers borrow() {
    CallBuffers free;
    synchronized (FREE) {
      free = FREE.poll();
    }
    return free != null ? free : new CallBuffers();
  }

  void giveBack() {
    synchronized (FREE) {
      FREE.push(this);
    }
  }

  /**
   * Copies the first bytes of the data. Even a direct buffer is copied, not passed to C: its memory
   * may belong to an arena that is closed, or to another thread, and only the JDK's own access
   * checks that.
   */
  ByteBuffer copyOf(ByteBuffer data, int length) {
    return copy.put(0, data, data.position(), length);
  }

  ByteBuffer copyOf(byte[] data, int offset, int length) {
    return copy.put(0, data, offset, length);
  }
}
