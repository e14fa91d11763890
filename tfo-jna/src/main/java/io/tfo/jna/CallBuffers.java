package io.tfo.jna;

import io.tfo.jna.OverlappedConnect.Operation;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The direct buffers of one native call: an address, and the SYN data. They are pooled. A call
 * takes microseconds, so the pool never holds more of them than threads have been in a call at the
 * same time.
 */
final class CallBuffers {
  /**
   * The maximum data offered to a SYN, in bytes. A SYN never takes more than a segment, and this is
   * more than the largest Ethernet frames hold. The rest is written after the handshake.
   */
  static final int MOST_SYN_DATA = 16 * 1024;

  /** Guarded by its own monitor: a concurrent queue would allocate at each call. */
  private static final ArrayDeque<CallBuffers> FREE = new ArrayDeque<>();

  private final ByteBuffer address =
      ByteBuffer.allocateDirect(SocketAddressLayout.MAX_LENGTH).order(ByteOrder.nativeOrder());
  private final ByteBuffer data = ByteBuffer.allocateDirect(MOST_SYN_DATA);
  private int addressLength;
  private int dataLength;

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
   * Writes the server's address.
   *
   * @return false if a socket of this family cannot be connected to it
   */
  boolean writeAddress(SocketAddressLayout layout, InetSocketAddress remote, boolean isIpv6) {
    addressLength = layout.write(remote, isIpv6, address);
    return addressLength > 0;
  }

  /**
   * Copies the first bytes of the data. Even a direct buffer is copied, not passed to C: its memory
   * may belong to an arena that is closed, or to another thread, and only the JDK's own access
   * checks that.
   */
  void copy(ByteBuffer source) {
    dataLength = Math.min(source.remaining(), MOST_SYN_DATA);
    data.put(0, source, source.position(), dataLength);
  }

  void copy(byte[] source, int offset, int length) {
    dataLength = Math.min(length, MOST_SYN_DATA);
    data.put(0, source, offset, dataLength);
  }

  /**
   * Copies the first bytes of several buffers.
   *
   * @return how many; -1 if the JDK will refuse one of the buffers
   */
  int copy(ByteBuffer[] sources) {
    dataLength = 0;
    for (ByteBuffer source : sources) {
      if (source == null) {
        return -1;
      }
      int some = Math.min(source.remaining(), MOST_SYN_DATA - dataLength);
      data.put(dataLength, source, source.position(), some);
      dataLength += some;
    }
    return dataLength;
  }

  /** Whether a buffer occurs twice: its position then cannot tell what was sent. */
  static boolean isRepeated(ByteBuffer[] sources) {
    if (sources.length < 2) {
      return false;
    }
    Set<ByteBuffer> different = Collections.newSetFromMap(new IdentityHashMap<>());
    return !Arrays.stream(sources).allMatch(different::add);
  }

  /** Whether one of several buffers has bytes left. */
  static boolean hasRemaining(ByteBuffer[] sources) {
    boolean hasRemaining = false;
    for (int i = 0; !hasRemaining && i < sources.length; i++) {
      hasRemaining = sources[i] != null && sources[i].hasRemaining(); // the JDK refuses null
    }
    return hasRemaining;
  }

  /** Moves the positions of buffers behind bytes that were sent. */
  static void skip(ByteBuffer[] sources, int bytes) {
    int left = bytes;
    for (int i = 0; left > 0 && i < sources.length; i++) {
      int some = Math.min(sources[i].remaining(), left);
      sources[i].position(sources[i].position() + some);
      left -= some;
    }
  }

  int sendSyn(NativeTcp tcp, int fd) throws IOException {
    return tcp.sendSyn(fd, address, addressLength, data, dataLength);
  }

  @Nullable Operation begin(OverlappedConnect overlapped, int fd) throws IOException {
    return overlapped.begin(fd, address, addressLength, data, dataLength);
  }

  /** Sends the data alone: the system knows the address. */
  int send(KernelDeferral kernel, int fd) throws IOException {
    return kernel.send(fd, data, dataLength);
  }
}
