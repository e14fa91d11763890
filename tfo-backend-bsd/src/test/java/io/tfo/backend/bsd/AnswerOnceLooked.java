package io.tfo.backend.bsd;

import io.tfo.lab.Fault;
import io.tfo.lab.Segment;
import io.tfo.lab.Verdict;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Keeps the answer to a SYN until the backend has looked at the connection, however long that
 * takes: a {@code sendto} of FreeBSD's returns before there can be an answer.
 */
final class AnswerOnceLooked implements Fault {
  private static final long MOST_SECONDS = 30;

  private volatile CountDownLatch looked = new CountDownLatch(0);

  @Override
  public Verdict on(Segment segment) {
    if (segment.isSynAck() || segment.has(Segment.Flag.RST)) {
      try {
        if (!looked.await(MOST_SECONDS, TimeUnit.SECONDS)) {
          throw new IllegalStateException("the backend does not look at its connection");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    return Verdict.pass(segment);
  }

  /** Returns a kernel that notices when its backend looks at a connection. */
  BsdSocketApi over(BsdSocketApi kernel) {
    return new BsdSocketApi() {
      @Override
      public int sysctlbyname(ByteBuffer name, ByteBuffer value, ByteBuffer length) {
        return kernel.sysctlbyname(name, value, length);
      }

      @Override
      public int setsockopt(int fd, int level, int name, ByteBuffer value, int length) {
        return kernel.setsockopt(fd, level, name, value, length);
      }

      @Override
      public int sendto(
          int fd, ByteBuffer data, int dataLength, int flags, ByteBuffer to, int toLength) {
        looked = new CountDownLatch(1);
        return kernel.sendto(fd, data, dataLength, flags, to, toLength);
      }

      /** Where the option is off, the backend asks for the state as well. */
      @Override
      public int getsockopt(int fd, int level, int name, ByteBuffer value, ByteBuffer length) {
        int result = kernel.getsockopt(fd, level, name, value, length);
        if (name == FreeBsdAbi.TCP_INFO || value.getInt(0) != 0) {
          looked.countDown();
        }
        return result;
      }
    };
  }
}
