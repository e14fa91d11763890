package io.tfo.jna;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Direct memory for one native call at a time: an address, and the SYN data. Lent for microseconds,
 * so there are no more of them than threads that ever were in a call at once.
 */
final class CallBuffers {
  /**
   * The most data offered to a SYN: it never takes more than a segment, and this is above the
   * largest Ethernet frames. What is not offered is written after the handshake.
   */
  static final int MOST_SYN_DATA = 16 * 1024;

  private static final ConcurrentLinkedQueue<CallBuffers> FREE = new ConcurrentLinkedQueue<>();

  final ByteBuffer address =
      ByteBuffer.allocateDirect(SocketAddressLayout.MAX_LENGTH).order(ByteOrder.nativeOrder());
  private final ByteBuffer copy = ByteBuffer.allocateDirect(MOST_SYN_DATA);

  private CallBuffers() {}

  static CallBuffers borrow() {
    CallBuffers free = FREE.poll();
    return free != null ? free : new CallBuffers();
  }

  void giveBack() {
    FREE.add(this);
  }

  /**
   * Copies the first bytes of the data. Not even a direct buffer is handed to C itself: its memory
   * may be an arena's that is closed, or another thread's, and only the JDK's own access checks
   * that.
   */
  ByteBuffer copyOf(ByteBuffer data, int length) {
    return copy.put(0, data, data.position(), length);
  }
}
