package io.tfo.backend.windows;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.SymbolProvider;
import java.nio.ByteBuffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Winsock where a pointer, a handle and a socket have 64 bits, directly mapped: primitives and
 * direct buffers only. There is one calling convention, so none is named to JNA. The last error is
 * read in the very next statement after each call.
 */
final class Winsock64 implements WindowsSocketApi {
  /** {@code ws2_32.dll}. */
  private static final class Ws2 {
    static native long socket(int family, int type, int protocol);

    static native int closesocket(long s);

    static native int setsockopt(
        long s, int level, int name, @Nullable ByteBuffer value, int length);

    static native int getsockopt(long s, int level, int name, ByteBuffer value, ByteBuffer length);

    static native int bind(long s, ByteBuffer address, int length);

    static native int WSAIoctl(
        long s,
        int code,
        ByteBuffer in,
        int inLength,
        ByteBuffer out,
        int outLength,
        ByteBuffer returned,
        long overlapped,
        long routine);

    static native int WSAGetOverlappedResult(
        long s, ByteBuffer overlapped, ByteBuffer transferred, int wait, ByteBuffer flags);
  }

  /** {@code kernel32.dll}. */
  private static final class Kernel {
    static native int CancelIoEx(long file, ByteBuffer overlapped);

    static native long CreateIoCompletionPort(long file, long port, long key, int threads);

    static native int GetQueuedCompletionStatus(
        long port, ByteBuffer bytes, ByteBuffer key, ByteBuffer overlapped, int milliseconds);
  }

  /** {@code mswsock.dll}, which does not export this function. */
  private static final class Extension {
    static native int ConnectEx(
        long s,
        ByteBuffer address,
        int addressLength,
        ByteBuffer data,
        int dataLength,
        ByteBuffer sent,
        ByteBuffer overlapped);
  }

  /**
   * Finds the functions.
   *
   * @throws LinkageError if one is missing
   */
  Winsock64() {
    Native.register(Ws2.class, NativeLibrary.getInstance("ws2_32"));
    Native.register(Kernel.class, NativeLibrary.getInstance("kernel32"));
  }

  /** Returns the negative error of a failed call; -1 where Windows names none. */
  private static int failed(int lastError) {
    return lastError == 0 ? -1 : -lastError;
  }

  @Override
  public int socket(int family, int type, int protocol) {
    long s = Ws2.socket(family, type, protocol);
    return s == INVALID_HANDLE_VALUE ? failed(Native.getLastError()) : (int) s;
  }

  @Override
  public int closesocket(int s) {
    int result = Ws2.closesocket(s);
    return result != 0 ? failed(Native.getLastError()) : 0;
  }

  @Override
  public int setsockopt(int s, int level, int name, @Nullable ByteBuffer value, int length) {
    int result = Ws2.setsockopt(s, level, name, value, length);
    return result != 0 ? failed(Native.getLastError()) : 0;
  }

  @Override
  public int getsockopt(int s, int level, int name, ByteBuffer value, ByteBuffer length) {
    int result = Ws2.getsockopt(s, level, name, value, length);
    return result != 0 ? failed(Native.getLastError()) : 0;
  }

  @Override
  public int bind(int s, ByteBuffer address, int length) {
    int result = Ws2.bind(s, address, length);
    return result != 0 ? failed(Native.getLastError()) : 0;
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
    int result = Ws2.WSAIoctl(s, code, in, inLength, out, outLength, returned, 0, 0);
    return result != 0 ? failed(Native.getLastError()) : 0;
  }

  @Override
  public void bindConnectEx(long address) {
    SymbolProvider atItsAddress = (handle, name, parent) -> address;
    Native.register(
        Extension.class,
        NativeLibrary.getInstance("mswsock", Map.of(Library.OPTION_SYMBOL_PROVIDER, atItsAddress)));
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
    int done = Extension.ConnectEx(s, address, addressLength, data, dataLength, sent, overlapped);
    return done == 0 ? failed(Native.getLastError()) : 0;
  }

  @Override
  public int WSAGetOverlappedResult(
      int s, ByteBuffer overlapped, ByteBuffer transferred, int wait, ByteBuffer flags) {
    int done = Ws2.WSAGetOverlappedResult(s, overlapped, transferred, wait, flags);
    return done == 0 ? failed(Native.getLastError()) : 0;
  }

  @Override
  public int CancelIoEx(int s, ByteBuffer overlapped) {
    int done = Kernel.CancelIoEx(s, overlapped);
    return done == 0 ? failed(Native.getLastError()) : 0;
  }

  @Override
  public long CreateIoCompletionPort(long file, long port, long key, int threads) {
    long result = Kernel.CreateIoCompletionPort(file, port, key, threads);
    return result == 0 ? failed(Native.getLastError()) : result;
  }

  @Override
  public int GetQueuedCompletionStatus(
      long port, ByteBuffer bytes, ByteBuffer key, ByteBuffer overlapped, int milliseconds) {
    int done = Kernel.GetQueuedCompletionStatus(port, bytes, key, overlapped, milliseconds);
    return done == 0 ? failed(Native.getLastError()) : 0;
  }
}
