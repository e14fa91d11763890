package io.tfo.backend.windows;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One {@code ConnectEx}, and the memory that Windows reads and writes until its completion. Two
 * hold it: Windows, and the connect that waits. It is used again when both have let go.
 */
final class ConnectOperation {
  /**
   * The most data that is given to {@code ConnectEx}: one segment of an Ethernet. The SYN never
   * takes more, and {@code ConnectEx} is not done before the rest is sent, too, which the JDK's
   * write does sooner.
   */
  static final int MOST_DATA = 1460;

  /** {@code sizeof(struct sockaddr_in6)}. */
  private static final int MOST_ADDRESS = 28;

  private static final int HOLDERS = 2;

  final int number;
  final ByteBuffer overlapped;
  final ByteBuffer address;
  final ByteBuffer data;

  /** A DWORD: how many bytes were sent. */
  final ByteBuffer sent;

  /** A DWORD that {@code WSAGetOverlappedResult} demands. */
  final ByteBuffer flags;

  private final AtomicInteger holders = new AtomicInteger();
  private volatile CountDownLatch done = new CountDownLatch(0);

  /**
   * An operation that nobody uses yet.
   *
   * @param number names it
   * @param pointerSize {@code sizeof(void*)}: 8, or 4 on x86
   */
  ConnectOperation(int number, int pointerSize) {
    this.number = number;
    // minwinbase.h: two pointers, two DWORDs, a pointer. 32 bytes on x64 and arm64, 20 on x86.
    this.overlapped = memory(3 * pointerSize + 8);
    this.address = memory(MOST_ADDRESS);
    this.data = memory(MOST_DATA);
    this.sent = memory(Integer.BYTES);
    this.flags = memory(Integer.BYTES);
  }

  private static ByteBuffer memory(int size) {
    return ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
  }

  /** Both take hold of it; the OVERLAPPED is as C's {@code = {0}} makes it. */
  void begin(ByteBuffer to, int toLength, ByteBuffer bytes, int bytesLength) {
    for (int i = 0; i < overlapped.capacity(); i += Integer.BYTES) {
      overlapped.putInt(i, 0);
    }
    address.put(0, to, 0, toLength);
    data.put(0, bytes, 0, bytesLength);
    done = new CountDownLatch(1);
    holders.set(HOLDERS);
  }

  boolean await(Duration atMost) throws InterruptedException {
    return done.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Windows tells, or is known never to tell, that it is done. */
  void done() {
    done.countDown();
  }

  /**
   * One holder lets go.
   *
   * @return whether it was the last
   */
  boolean letGo() {
    return holders.decrementAndGet() == 0;
  }
}
