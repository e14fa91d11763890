package io.tfo.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;

/**
 * The direct buffers of one {@code getsockopt(TCP_INFO)}. They are pooled, so that no thread waits
 * for another thread's call. The pool never holds more of them than threads have been in a call at
 * the same time.
 */
final class InfoBuffers implements AutoCloseable {
  /**
   * The buffers that no thread uses. Guarded by its own monitor: a concurrent queue would allocate.
   */
  private final ArrayDeque<InfoBuffers> pool;

  /** {@code struct tcp_info}, from its beginning. */
  final ByteBuffer info = ByteBuffer.allocateDirect(TcpInfo.CAPACITY);

  private final ByteBuffer length =
      ByteBuffer.allocateDirect(Integer.BYTES).order(ByteOrder.nativeOrder());

  private InfoBuffers(ArrayDeque<InfoBuffers> pool) {
    this.pool = pool;
  }

  static InfoBuffers borrow(ArrayDeque<InfoBuffers> pool) {
    InfoBuffers free;
    synchronized (pool) {
      free = pool.poll();
    }
    return free != null ? free : new InfoBuffers(pool);
  }

  /** Returns the buffers to the pool. */
  @Override
  public void close() {
    synchronized (pool) {
      pool.push(this);
    }
  }

  /** Reads all that the kernel has; returns its length in bytes. */
  int read(LinuxSocketApi sockets, int fd) throws IOException {
    return read(sockets, fd, info.capacity());
  }

  /** Reads the state alone: the kernel copies as much of the structure as is asked for. */
  int readState(LinuxSocketApi sockets, int fd) throws IOException {
    read(sockets, fd, Integer.BYTES);
    return info.get(0);
  }

  private int read(LinuxSocketApi sockets, int fd, int most) throws IOException {
    length.putInt(0, most);
    int result =
        sockets.getsockopt(fd, LinuxSocketApi.IPPROTO_TCP, LinuxSocketApi.TCP_INFO, info, length);
    if (result < 0) {
      throw new IOException("getsockopt TCP_INFO: errno " + -result);
    }
    return length.getInt(0);
  }
}
