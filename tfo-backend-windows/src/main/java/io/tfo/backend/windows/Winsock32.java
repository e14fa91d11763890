package io.tfo.backend.windows;

import com.sun.jna.Function;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.SymbolProvider;
import java.nio.ByteBuffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Winsock where a pointer, a handle and a socket have 32 bits, directly mapped: primitives and
 * direct buffers only. The last error is read in the very next statement after each call.
 */
final class Winsock32 implements WindowsSocketApi {
  /** {@code minwindef.h}: WINAPI is stdcall, which differs from C's convention on x86 only. */
  private static final Map<String, ?> WINAPI =
      Map.of(Library.OPTION_CALLING_CONVENTION, Function.ALT_CONVENTION);

  /** {@code ws2_32.dll}. */
  private static final class Ws2 {
    static native int socket(int family, int type, int protocol);

    static native int closesocket(int s);

    static native int setsockopt(
        int s, int level, int name, @Nullable ByteBuffer value, int length);

    static native int getsockopt(int s, int level, int name, ByteBuffer value, ByteBuffer length);

    static native int bind(int s, ByteBuffer address, int length);

    static native int WSAIoctl(
        int s,
        int code,
        ByteBuffer in,
        int inLength,
        ByteBuffer out,
        int outLength,
        ByteBuffer returned,
        int overlapped,
        int routine);

    static native int WSAGetOverlappedResult(
        int s, ByteBuffer overlapped, ByteBuffer transferred, int wait, ByteBuffer flags);
  }

  /** {@code kernel32.dll}. */
  private static final class Kernel {
    static native int CancelIoEx(int file, ByteBuffer overlapped);

    static native int CreateIoCompletionPort(int file, int port, int key, int threads);

    static native int GetQueuedCompletionStatus(
        int port, ByteBuffer bytes, ByteBuffer key, ByteBuffer overlapped, int milliseconds);
  }

  /** {@code mswsock.dll}, which does not export this function. */
  private static final class Extension {
    static native int ConnectEx(
        int s,
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
  Winsock32() {
    Native.register(Ws2.class, NativeLibrary.getInstance("ws2_32", WINAPI));
    Native.register(Kernel.class, NativeLibrary.getInstance("kernel32", WINAPI));
  }

  /** Returns the negative error of a failed call; -1 where Windows names none. */
  private static int failed(int lastError) {
    return lastError == 0 ? -1 : -lastError;
  }

  @Override
  public int socket(int family, int type, int protocol) {
    int s = Ws2.socket(family, type, protocol);
    return s == INVALID_HANDLE_VALUE ? failed(Native.getLastError()) : s;
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
        NativeLibrary.getInstance(
            "mswsock",
            Map.of(
                Library.OPTION_CALLING_CONVENTION,
                Function.ALT_CONVENTION,
                Library.OPTION_SYMBOL_PROVIDER,
                atItsAddress)));
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
    int result = Kernel.CreateIoCompletionPort((int) file, (int) port, (int) key, threads);
    return result == 0 ? failed(Native.getLastError()) : Integer.toUnsignedLong(result);
  }

  @Override
  public int GetQueuedCompletionStatus(
      long port, ByteBuffer bytes, ByteBuffer key, ByteBuffer overlapped, int milliseconds) {
    int done = Kernel.GetQueuedCompletionStatus((int) port, bytes, key, overlapped, milliseconds);
    return done == 0 ? failed(Native.getLastError()) : 0;
  }
}
