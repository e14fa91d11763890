package io.tfo.jna;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A connect that completes later, such as Windows' overlapped {@code ConnectEx}: the system works
 * on the SYN and its data after the call has returned.
 *
 * <p>It is used for channels in blocking mode only. A channel in non-blocking mode is connected
 * plainly, because the JDK's {@code finishConnect} calls neither {@link Operation#finish} nor
 * {@link Operation#abandon}.
 */
public interface OverlappedConnect {
  /**
   * Begins a connect that sends a SYN with as much of the data as it takes. The buffers are free
   * again when this call returns.
   *
   * @param fd the socket
   * @param address the server's address, as {@link NativeTcp#addresses()} lays it out
   * @param addressLength its length in bytes
   * @param data the data, from position 0
   * @param dataLength its length in bytes, which may be 0
   * @return the operation; null if no SYN was sent and the socket is as it was before
   * @throws IOException if no SYN was sent and the socket cannot be connected any more; it is
   *     closed, as after any failed connect
   */
  @Nullable Operation begin(
      int fd, ByteBuffer address, int addressLength, ByteBuffer data, int dataLength)
      throws IOException;

  /**
   * A connect that has begun. It ends by exactly one of {@link #finish} and {@link #abandon}; the
   * object may be used for another connect afterwards.
   */
  interface Operation {
    /**
     * Waits until the system has completed the operation. The wait is made in Java, not in a native
     * call: a virtual thread leaves its carrier, and an interrupt ends the wait.
     *
     * @param atMost the longest wait
     * @return whether the operation is complete; its result is not known yet
     * @throws InterruptedException if this thread is interrupted; nothing has changed
     */
    boolean await(Duration atMost) throws InterruptedException;

    /**
     * Takes the result of a complete operation. Afterwards the socket is as if the JDK had
     * connected it.
     *
     * @param fd the socket
     * @return how many bytes of the data were sent
     * @throws IOException of the kind that the JDK throws for such a failure
     */
    int finish(int fd) throws IOException;

    /**
     * Gives up the operation, because the socket is closed or is about to be closed. Does not wait:
     * the memory that was lent to the system is not used again before the system has completed the
     * operation.
     *
     * @param fd the socket, or a negative number if it is no longer open
     */
    void abandon(int fd);
  }
}
