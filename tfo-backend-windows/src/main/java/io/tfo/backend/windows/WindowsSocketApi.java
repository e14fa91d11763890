package io.tfo.backend.windows;

import com.sun.jna.Native;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The calls of Winsock and of the kernel that this backend makes, in their C spelling. Where C
 * returns {@code SOCKET_ERROR}, {@code FALSE} or {@code NULL}, the result is the negative error:
 * {@code WSAGetLastError()}, which is {@code GetLastError()}.
 *
 * <p>Constants are those of {@code winsock2.h} and the headers it includes, the same on x64, arm64
 * and x86. Buffers are direct and begin at position 0.
 */
interface WindowsSocketApi {
  /** {@code ws2def.h}. */
  int AF_INET = 2;

  /** {@code ws2def.h}: 10 on Linux, 28 on FreeBSD, 30 on Darwin. */
  int AF_INET6 = 23;

  /** {@code winsock2.h}. */
  int SOCK_STREAM = 1;

  /** {@code ws2def.h}: the level of {@link #TCP_FASTOPEN}. */
  int IPPROTO_TCP = 6;

  /** {@code winsock2.h}: the level of the options below. The number is 1 on Linux. */
  int SOL_SOCKET = 0xffff;

  /**
   * {@code ws2ipdef.h}, Windows 10 1607: a DWORD that is 0 or 1, for a client and for a listener.
   * The number is 23 on Linux, 261 on Darwin, 1025 on FreeBSD.
   */
  int TCP_FASTOPEN = 15;

  /**
   * {@code ws2def.h} of the Windows SDK, Windows 10: a port that was bound for {@code ConnectEx}
   * may be shared by connections to different peers, like the port of a plain {@code connect}.
   */
  int SO_REUSE_UNICASTPORT = 0x3007;

  /** {@code mswsock.h}, Windows XP: completes the state of a socket that ConnectEx connected. */
  int SO_UPDATE_CONNECT_CONTEXT = 0x7010;

  /** {@code mswsock.h}: {@code WSAIoctl} looks up a function by its GUID. */
  int SIO_GET_EXTENSION_FUNCTION_POINTER = 0xc8000006;

  /** {@code mstcpip.h}, Windows 8.1: {@code WSAIoctl} sets how long a SYN is repeated. */
  int SIO_TCP_INITIAL_RTO = 0x98000011;

  /** {@code winbase.h}: {@code (HANDLE) -1}. */
  long INVALID_HANDLE_VALUE = -1;

  /** {@code winbase.h}: {@code INFINITE}. */
  int INFINITE = -1;

  /**
   * {@code SOCKET socket(family, type, protocol)}.
   *
   * @return the socket, or the negative error
   */
  int socket(int family, int type, int protocol);

  /** {@code closesocket(s)}. */
  int closesocket(int s);

  /** {@code setsockopt(s, level, name, value, length)}. */
  int setsockopt(int s, int level, int name, @Nullable ByteBuffer value, int length);

  /** {@code getsockopt(s, level, name, value, length)}; length is one int, in and out. */
  int getsockopt(int s, int level, int name, ByteBuffer value, ByteBuffer length);

  /** {@code bind(s, address, length)}. */
  int bind(int s, ByteBuffer address, int length);

  /** {@code WSAIoctl(s, code, in, inLength, out, outLength, returned, NULL, NULL)}. */
  int WSAIoctl(
      int s,
      int code,
      ByteBuffer in,
      int inLength,
      ByteBuffer out,
      int outLength,
      ByteBuffer returned);

  /**
   * Sets the address of {@code ConnectEx}, which no library exports; once, before its first call.
   *
   * @param address what {@code WSAIoctl} found
   */
  void bindConnectEx(long address);

  /** {@code ConnectEx(s, address, addressLength, data, dataLength, sent, overlapped)}. */
  int ConnectEx(
      int s,
      ByteBuffer address,
      int addressLength,
      ByteBuffer data,
      int dataLength,
      ByteBuffer sent,
      ByteBuffer overlapped);

  /** {@code WSAGetOverlappedResult(s, overlapped, transferred, wait, flags)}. */
  int WSAGetOverlappedResult(
      int s, ByteBuffer overlapped, ByteBuffer transferred, int wait, ByteBuffer flags);

  /** {@code CancelIoEx(s, overlapped)}. */
  int CancelIoEx(int s, ByteBuffer overlapped);

  /**
   * {@code CreateIoCompletionPort(file, port, key, threads)}.
   *
   * @return the port, or the negative error
   */
  long CreateIoCompletionPort(long file, long port, long key, int threads);

  /**
   * {@code GetQueuedCompletionStatus(port, bytes, key, overlapped, milliseconds)}. Blocks.
   *
   * @param key receives the completion key, of a pointer's size
   * @param overlapped receives the address of the OVERLAPPED, of a pointer's size; 0 if none
   *     completed
   * @return 0, or the negative error: of the operation if one completed, else of this call
   */
  int GetQueuedCompletionStatus(
      long port, ByteBuffer bytes, ByteBuffer key, ByteBuffer overlapped, int milliseconds);

  /**
   * Returns the calls of this Windows.
   *
   * @return the calls
   * @throws LinkageError if JNA or a function is missing
   */
  static WindowsSocketApi load() {
    return Native.POINTER_SIZE == Long.BYTES ? new Winsock64() : new Winsock32();
  }
}
