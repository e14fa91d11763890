package io.tfo.backend.windows;

import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The real Winsock, except for TCP_FASTOPEN, which Wine does not have. Here it can be set and read,
 * and has no effect, so that all other calls of a connect are made for real.
 */
final class OptionOverruled implements WindowsSocketApi {
  private final WindowsSocketApi real;
  private final Set<Integer> on = ConcurrentHashMap.newKeySet();

  /** Counts the ConnectEx that were begun. */
  final AtomicInteger begun = new AtomicInteger();

  /** Counts the completions that came to the port. */
  final AtomicInteger completed = new AtomicInteger();

  /** Counts the connections whose context was updated. */
  final AtomicInteger updated = new AtomicInteger();

  /** Counts the operations that were cancelled in time. */
  final AtomicInteger cancelled = new AtomicInteger();

  OptionOverruled(WindowsSocketApi real) {
    this.real = real;
  }

  private static void count(boolean happened, AtomicInteger counter) {
    if (happened) {
      counter.incrementAndGet();
    }
  }

  private static boolean isFastOpen(int level, int name) {
    return level == 6 && name == 15;
  }

  @Override
  public int setsockopt(int s, int level, int name, ByteBuffer value, int length) {
    if (!isFastOpen(level, name)) {
      int result = real.setsockopt(s, level, name, value, length);
      count(level == 0xffff && name == 0x7010 && result == 0, updated);
      return result;
    }
    if (value.getInt(0) != 0) {
      on.add(s);
    } else {
      on.remove(s);
    }
    return 0;
  }

  @Override
  public int getsockopt(int s, int level, int name, ByteBuffer value, ByteBuffer length) {
    if (!isFastOpen(level, name)) {
      return real.getsockopt(s, level, name, value, length);
    }
    value.putInt(0, on.contains(s) ? 1 : 0);
    return 0;
  }

  @Override
  public int socket(int family, int type, int protocol) {
    return real.socket(family, type, protocol);
  }

  @Override
  public int closesocket(int s) {
    on.remove(s);
    return real.closesocket(s);
  }

  @Override
  public int bind(int s, ByteBuffer address, int length) {
    return real.bind(s, address, length);
  }

  @Override
  public int WSAIoctl(
      int s,
      int code,
      ByteBuffer in,
      int inLength,
      ByteBuffer out,
      int outLength,
      ByteBuffer returned) {
    return real.WSAIoctl(s, code, in, inLength, out, outLength, returned);
  }

  @Override
  public void bindConnectEx(long address) {
    real.bindConnectEx(address);
  }

  @Override
  public int ConnectEx(
      int s,
      ByteBuffer address,
      int addressLength,
      ByteBuffer data,
      int dataLength,
      ByteBuffer sent,
      ByteBuffer overlapped) {
    int result = real.ConnectEx(s, address, addressLength, data, dataLength, sent, overlapped);
    count(result == 0 || result == -997, begun);
    return result;
  }

  @Override
  public int WSAGetOverlappedResult(
      int s, ByteBuffer overlapped, ByteBuffer transferred, int wait, ByteBuffer flags) {
    return real.WSAGetOverlappedResult(s, overlapped, transferred, wait, flags);
  }

  @Override
  public int CancelIoEx(int s, ByteBuffer overlapped) {
    int result = real.CancelIoEx(s, overlapped);
    count(result == 0, cancelled);
    return result;
  }

  @Override
  public long CreateIoCompletionPort(long file, long port, long key, int threads) {
    return real.CreateIoCompletionPort(file, port, key, threads);
  }

  @Override
  public int GetQueuedCompletionStatus(
      long port, ByteBuffer bytes, ByteBuffer key, ByteBuffer overlapped, int milliseconds) {
    int result = real.GetQueuedCompletionStatus(port, bytes, key, overlapped, milliseconds);
    count(overlapped.getLong(0) != 0, completed);
    return result;
  }
}
