package io.tfo.backend.darwin;

import io.tfo.jna.bsd.IntSysctl;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The system calls of macOS that this backend makes, in their C spelling. Each returns what the
 * kernel itself returns: a result of at least 0, or the negative errno.
 *
 * <p>{@code fcntl} and {@code ioctl} are not used: their last argument is variadic, and a direct
 * mapping does not pass it where arm64 expects it.
 */
interface DarwinSocketApi extends IntSysctl.Call {
  /** {@code netinet/in.h}: the level of the options below. */
  int IPPROTO_TCP = 6;

  /** {@code netinet/tcp.h}: the size of a segment, without options. The same on Linux. */
  int TCP_MAXSEG = 2;

  /**
   * {@code netinet/tcp.h}, macOS 10.11: 1 on a listener, after {@code listen}; refused on a client.
   * The number is 23 on Linux, 1025 on FreeBSD, 15 on Windows.
   */
  int TCP_FASTOPEN = 0x105;

  /** {@code netinet/tcp.h}, macOS 10.11: reads a {@code struct tcp_connection_info}. */
  int TCP_CONNECTION_INFO = 0x106;

  /** {@code sys/socket.h}, macOS 10.11: the first read or write sends the SYN. */
  int CONNECT_RESUME_ON_READ_WRITE = 1;

  /**
   * {@code sys/socket.h}, macOS 10.11: the data may go with the SYN. Without the flag above, the
   * kernel drops it.
   */
  int CONNECT_DATA_IDEMPOTENT = 2;

  /** {@code sys/socket.h}: any association. */
  int SAE_ASSOCID_ANY = 0;

  /** {@code sys/socket.h}: the data stays in the queue. */
  int MSG_PEEK = 2;

  /** {@code sys/socket.h}: this call does not block. The number is 0x40 on Linux. */
  int MSG_DONTWAIT = 0x80;

  /** {@code setsockopt(fd, level, name, value, length)}. */
  int setsockopt(int fd, int level, int name, ByteBuffer value, int length);

  /**
   * {@code getsockopt(fd, level, name, value, length)}, where {@code length} is one int, in and
   * out.
   */
  int getsockopt(int fd, int level, int name, ByteBuffer value, ByteBuffer length);

  /**
   * {@code connectx(fd, endpoints, associd, flags, iov, iovcnt, len, connid)}, macOS 10.11. ENOSYS
   * where the C library has none.
   */
  int connectx(
      int fd,
      @Nullable ByteBuffer endpoints,
      int associd,
      int flags,
      @Nullable ByteBuffer iov,
      int iovcnt,
      @Nullable ByteBuffer len,
      @Nullable ByteBuffer connid);

  /** {@code send(fd, data, length, flags)}. */
  int send(int fd, ByteBuffer data, int length, int flags);

  /** {@code recv(fd, data, length, flags)}. */
  int recv(int fd, ByteBuffer data, int length, int flags);

  /** Returns the address of a direct buffer. Not a system call. */
  long addressOf(ByteBuffer direct);
}
