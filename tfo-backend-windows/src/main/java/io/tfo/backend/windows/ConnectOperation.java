package io.tfo.backend.windows;

import io.tfo.jna.OverlappedConnect;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * One {@code ConnectEx}, and the memory that Windows reads and writes until its completion. It has
 * two holders: Windows, and the connect that waits. It is used again when both have released it.
 */
final class ConnectOperation implements OverlappedConnect.Operation {
  /**
   * The maximum data that is given to {@code ConnectEx}: one segment of an Ethernet. The SYN never
   * takes more. {@code ConnectEx} completes only when the rest is sent, too; the JDK's write
   * returns sooner.
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
  private final ByteBuffer sent;

  /** A DWORD that {@code WSAGetOverlappedResult} demands. */
  private final ByteBuffer flags;

  private final WindowsSocketApi sockets;
  private final Consumer<ConnectOperation> released;
  private final AtomicInteger holders = new AtomicInteger();
  private volatile CountDownLatch completion = new CountDownLatch(0);

  /**
   * Creates an operation that is not in use.
   *
   * @param sockets the calls
   * @param released told when both holders have released the operation
   * @param number the completion key that names it
   * @param pointerSize {@code sizeof(void*)}: 8, or 4 on x86
   */
  ConnectOperation(
      WindowsSocketApi sockets, Consumer<ConnectOperation> released, int number, int pointerSize) {
    this.sockets = sockets;
    this.released = released;
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

  /**
   * Calls {@code ConnectEx} with copies of the address and the data. Both holders hold the
   * operation from then on.
   *
   * @return false if the call failed; both have released it then
   */
  boolean begin(int fd, ByteBuffer to, int toLength, ByteBuffer bytes, int bytesLength) {
    int length = Math.min(bytesLength, MOST_DATA);
    // As C's "= {0}" does.
    for (int i = 0; i < overlapped.capacity(); i += Integer.BYTES) {
      overlapped.putInt(i, 0);
    }
    address.put(0, to, 0, toLength);
    data.put(0, bytes, 0, length);
    completion = new CountDownLatch(1);
    holders.set(HOLDERS);
    int result = sockets.ConnectEx(fd, address, toLength, data, length, sent, overlapped);
    if (result < 0 && !WsaError.WSA_IO_PENDING.is(result)) {
      release();
      release();
      return false;
    }
    return true;
  }

  @Override
  public boolean await(Duration atMost) throws InterruptedException {
    return completion.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public int finish(int fd) throws IOException {
    try {
      int result = sockets.WSAGetOverlappedResult(fd, overlapped, sent, /* wait= */ 0, flags);
      if (result < 0) {
        throw WsaError.exception("ConnectEx", result);
      }
      int updated =
          sockets.setsockopt(
              fd, WindowsSocketApi.SOL_SOCKET, WindowsSocketApi.SO_UPDATE_CONNECT_CONTEXT, null, 0);
      if (updated < 0) {
        throw WsaError.exception("setsockopt SO_UPDATE_CONNECT_CONTEXT", updated);
      }
      return sent.getInt(0);
    } finally {
      release();
    }
  }

  @Override
  public void abandon(int fd) {
    if (fd >= 0) {
      // Complete already or not: its memory is Windows' until the port reports the completion.
      sockets.CancelIoEx(fd, overlapped);
    }
    release();
  }

  /** Windows has completed the operation, or will never report its completion. */
  void complete() {
    completion.countDown();
  }

  /** One of the two holders releases the operation. */
  void release() {
    if (holders.decrementAndGet() == 0) {
      released.accept(this);
    }
  }
}
