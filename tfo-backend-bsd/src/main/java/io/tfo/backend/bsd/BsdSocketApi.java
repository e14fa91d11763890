package io.tfo.backend.bsd;

import io.tfo.jna.bsd.IntSysctl;
import java.nio.ByteBuffer;

/**
 * The system calls of FreeBSD that this backend makes, in their C spelling. Each returns what the
 * kernel itself returns: a result of at least 0, or the negative errno.
 */
interface BsdSocketApi extends IntSysctl.Call {
  /** {@code netinet/in.h}: the level of the options below. */
  int IPPROTO_TCP = 6;

  /**
   * {@code netinet/tcp.h}, on a client since FreeBSD 12: an int that is 0 or 1, not a queue's
   * length. The number is 23 on Linux, 261 on Darwin, 15 on Windows.
   */
  int TCP_FASTOPEN = 1025;

  /** {@code netinet/tcp.h}: reads a {@code struct tcp_info}. The number is 11 on Linux. */
  int TCP_INFO = 32;

  /** {@code sys/socket.h}: this call does not block. The number is 0x40 on Linux. */
  int MSG_DONTWAIT = 0x80;

  /** {@code sys/socket.h}: no SIGPIPE. The number is 0x4000 on Linux, 0x80000 on Darwin. */
  int MSG_NOSIGNAL = 0x20000;

  /** {@code setsockopt(fd, level, name, value, length)}. */
  int setsockopt(int fd, int level, int name, ByteBuffer value, int length);

  /**
   * {@code getsockopt(fd, level, name, value, length)}, where {@code length} is one int, in and
   * out.
   */
  int getsockopt(int fd, int level, int name, ByteBuffer value, ByteBuffer length);

  /** {@code sendto(fd, data, dataLength, flags, address, addressLength)}. */
  int sendto(
      int fd, ByteBuffer data, int dataLength, int flags, ByteBuffer address, int addressLength);
}
