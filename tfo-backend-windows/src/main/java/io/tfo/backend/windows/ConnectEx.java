package io.tfo.backend.windows;

import io.tfo.jna.OverlappedConnect;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** Sends the SYN by an overlapped {@code ConnectEx} on a bound socket with TCP_FASTOPEN. */
final class ConnectEx implements OverlappedConnect {
  /** {@code mswsock.h}: WSAID_CONNECTEX, {25A207B9-DDF3-4660-8EE9-76E58C74063E}. */
  private static final byte[] WSAID_CONNECTEX = {
    (byte) 0xb9,
    0x07,
    (byte) 0xa2,
    0x25,
    (byte) 0xf3,
    (byte) 0xdd,
    0x60,
    0x46,
    (byte) 0x8e,
    (byte) 0xe9,
    0x76,
    (byte) 0xe5,
    (byte) 0x8c,
    0x74,
    0x06,
    0x3e
  };

  private static final int SIZEOF_SOCKADDR_IN = 16;
  private static final int SIZEOF_SOCKADDR_IN6 = 28;

  private final WindowsSocketApi sockets;
  private final FastOpenOption option;
  private final CompletionPort port;
  private final ByteBuffer on = FastOpenOption.dword(1);
  private final ByteBuffer anyIpv4 = anyAddress(WindowsSocketApi.AF_INET, SIZEOF_SOCKADDR_IN);
  private final ByteBuffer anyIpv6 = anyAddress(WindowsSocketApi.AF_INET6, SIZEOF_SOCKADDR_IN6);
  private final Loopback loopback = new Loopback();

  private ConnectEx(WindowsSocketApi sockets, FastOpenOption option, CompletionPort port) {
    this.sockets = sockets;
    this.option = option;
    this.port = port;
  }

  private static ByteBuffer anyAddress(int family, int size) {
    ByteBuffer address = ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
    return address.putShort(0, (short) family);
  }

  /**
   * Looks up the function's address, and opens the completion port for all connects.
   *
   * @param fd any TCP socket
   * @param pointerSize {@code sizeof(void*)}
   * @throws IOException if this Windows has no {@code ConnectEx}
   */
  static ConnectEx find(WindowsSocketApi sockets, FastOpenOption option, int fd, int pointerSize)
      throws IOException {
    ByteBuffer guid = ByteBuffer.allocateDirect(WSAID_CONNECTEX.length).put(0, WSAID_CONNECTEX);
    ByteBuffer function = ByteBuffer.allocateDirect(Long.BYTES).order(ByteOrder.nativeOrder());
    int found =
        sockets.WSAIoctl(
            fd,
            WindowsSocketApi.SIO_GET_EXTENSION_FUNCTION_POINTER,
            guid,
            guid.capacity(),
            function,
            pointerSize,
            FastOpenOption.dword(0));
    if (found < 0) {
      throw WsaError.exception("WSAIoctl WSAID_CONNECTEX", found);
    }
    sockets.bindConnectEx(
        pointerSize == Long.BYTES
            ? function.getLong(0)
            : Integer.toUnsignedLong(function.getInt(0)));
    return new ConnectEx(sockets, option, CompletionPort.open(sockets, pointerSize));
  }

  @Override
  public @Nullable Operation begin(
      int fd, ByteBuffer address, int addressLength, ByteBuffer data, int dataLength) {
    if (option.set(fd, true) < 0) {
      return null;
    }
    Operation begun = beginWithOption(fd, address, addressLength, data, dataLength);
    if (begun == null) {
      // The JDK's own connect follows, and the outcome is read from the option.
      option.set(fd, false);
    }
    return begun;
  }

  private @Nullable Operation beginWithOption(
      int fd, ByteBuffer address, int addressLength, ByteBuffer data, int dataLength) {
    if (!isBound(fd, addressLength == SIZEOF_SOCKADDR_IN6 ? anyIpv6 : anyIpv4)) {
      return null;
    }
    ConnectOperation operation = port.operation(fd);
    if (operation == null) {
      return null;
    }
    loopback.failFast(sockets, fd, address, addressLength);
    return operation.begin(fd, address, addressLength, data, dataLength) ? operation : null;
  }

  /**
   * Binds the socket: ConnectEx takes bound sockets only. Windows refuses a second {@code bind}, so
   * the caller's own binding stays.
   */
  private boolean isBound(int fd, ByteBuffer any) {
    // Otherwise no two connects could share a local port. Older systems do not know the option.
    sockets.setsockopt(
        fd, WindowsSocketApi.SOL_SOCKET, WindowsSocketApi.SO_REUSE_UNICASTPORT, on, Integer.BYTES);
    int bound = sockets.bind(fd, any, any.capacity());
    return bound == 0 || WsaError.WSAEINVAL.is(bound);
  }
}
