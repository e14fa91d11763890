package io.tfo.backend.windows;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenOutcome;
import io.tfo.jna.LateSyn;
import io.tfo.jna.NativeTcp;
import io.tfo.jna.SocketAddressLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Sends the SYN by an overlapped {@code ConnectEx} on a bound socket with TCP_FASTOPEN. */
final class WindowsTcp implements NativeTcp, LateSyn {
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

  /** What {@link #sendSyn} returns for operation 0; for the next ones, one less each. */
  private static final int FIRST = NOT_SENT - 1;

  private final WindowsSockets sockets;
  private final String version;
  private final int pointerSize;
  private final ByteBuffer on = word(1);
  private final ByteBuffer off = word(0);
  private final ByteBuffer anyIpv4 = anyAddress(WindowsSockets.AF_INET, SIZEOF_SOCKADDR_IN);
  private final ByteBuffer anyIpv6 = anyAddress(WindowsSockets.AF_INET6, SIZEOF_SOCKADDR_IN6);
  private final ByteBuffer option = word(0);
  private final ByteBuffer optionLength = word(0);
  private final Loopback loopback = new Loopback();
  private volatile @Nullable CompletionPort port;

  /**
   * Windows by its calls.
   *
   * @param sockets the calls
   * @param version what this Windows calls itself, for people
   * @param pointerSize {@code sizeof(void*)}
   */
  WindowsTcp(WindowsSockets sockets, String version, int pointerSize) {
    this.sockets = sockets;
    this.version = version;
    this.pointerSize = pointerSize;
  }

  private static ByteBuffer word(int value) {
    return ByteBuffer.allocateDirect(Integer.BYTES).order(ByteOrder.nativeOrder()).putInt(0, value);
  }

  private static ByteBuffer anyAddress(int family, int size) {
    ByteBuffer address = ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
    return address.putShort(0, (short) family);
  }

  @Override
  public void probe(int fd) throws IOException {
    int set = setOption(fd, on);
    if (WsaError.WSAENOPROTOOPT.is(set)) {
      throw new IOException(missing(set));
    }
    ByteBuffer guid = ByteBuffer.allocateDirect(WSAID_CONNECTEX.length).put(0, WSAID_CONNECTEX);
    ByteBuffer function = ByteBuffer.allocateDirect(Long.BYTES).order(ByteOrder.nativeOrder());
    int found =
        sockets.WSAIoctl(
            fd,
            WindowsSockets.SIO_GET_EXTENSION_FUNCTION_POINTER,
            guid,
            guid.capacity(),
            function,
            pointerSize,
            word(0));
    if (found < 0) {
      throw WsaError.exception("WSAIoctl WSAID_CONNECTEX", found);
    }
    sockets.bindConnectEx(
        pointerSize == Long.BYTES
            ? function.getLong(0)
            : Integer.toUnsignedLong(function.getInt(0)));
    port = CompletionPort.open(sockets, pointerSize);
  }

  private String missing(int result) {
    return "%s: Windows 10 1607 or later is needed, this is %s"
        .formatted(WsaError.describe("setsockopt TCP_FASTOPEN", result), version);
  }

  @Override
  public FastOpenCapability client() {
    return capability();
  }

  @Override
  public FastOpenCapability server() {
    return capability();
  }

  /** By the option on a socket of its own: no other call tells. */
  private FastOpenCapability capability() {
    int s =
        sockets.socket(
            WindowsSockets.AF_INET, WindowsSockets.SOCK_STREAM, WindowsSockets.IPPROTO_TCP);
    if (s < 0) {
      return FastOpenCapability.disabled(WsaError.describe("socket", s), "close some sockets");
    }
    int set = setOption(s, on);
    sockets.closesocket(s);
    if (set == 0) {
      return FastOpenCapability.available(
          version
              + " takes TCP_FASTOPEN; it does not tell whether netsh has switched it off"
              + " (netsh int tcp show global)");
    }
    if (WsaError.WSAENOPROTOOPT.is(set)) {
      return FastOpenCapability.unsupported(missing(set));
    }
    return FastOpenCapability.disabled(
        WsaError.describe("setsockopt TCP_FASTOPEN", set),
        "netsh int tcp set global fastopen=enabled");
  }

  @Override
  public boolean needsNonBlockingDescriptor() {
    return false;
  }

  @Override
  public SocketAddressLayout addresses() {
    return SocketAddressLayout.WINDOWS;
  }

  @Override
  public int sendSyn(
      int fd, ByteBuffer address, int addressLength, ByteBuffer data, int dataLength) {
    CompletionPort completions = port;
    if (completions == null || setOption(fd, on) < 0) {
      return NOT_SENT;
    }
    int begun = begin(completions, fd, address, addressLength, data, dataLength);
    if (begun == NOT_SENT) {
      // The JDK's own connect follows, and the outcome is read from the option.
      setOption(fd, off);
    }
    return begun;
  }

  private int begin(
      CompletionPort completions,
      int fd,
      ByteBuffer address,
      int addressLength,
      ByteBuffer data,
      int dataLength) {
    if (!isBound(fd, addressLength == SIZEOF_SOCKADDR_IN6 ? anyIpv6 : anyIpv4)) {
      return NOT_SENT;
    }
    ConnectOperation operation = completions.operation(fd);
    if (operation == null) {
      return NOT_SENT;
    }
    loopback.failFast(sockets, fd, address, addressLength);
    int length = Math.min(dataLength, ConnectOperation.MOST_DATA);
    operation.begin(address, addressLength, data, length);
    int result =
        sockets.ConnectEx(
            fd,
            operation.address,
            addressLength,
            operation.data,
            length,
            operation.sent,
            operation.overlapped);
    if (result < 0 && !WsaError.WSA_IO_PENDING.is(result)) {
      completions.letGo(operation);
      completions.letGo(operation);
      return NOT_SENT;
    }
    return FIRST - operation.number;
  }

  /** ConnectEx takes bound sockets only. The caller's own binding stays: bind refuses a second. */
  private boolean isBound(int fd, ByteBuffer any) {
    // Else each connect would have a port for itself alone. Older systems do not know it.
    sockets.setsockopt(
        fd, WindowsSockets.SOL_SOCKET, WindowsSockets.SO_REUSE_UNICASTPORT, on, Integer.BYTES);
    int bound = sockets.bind(fd, any, any.capacity());
    return bound == 0 || WsaError.WSAEINVAL.is(bound);
  }

  @Override
  public boolean await(int syn, Duration atMost) throws InterruptedException {
    return operation(syn).await(atMost);
  }

  @Override
  public int finish(int fd, int syn) throws IOException {
    ConnectOperation operation = operation(syn);
    try {
      int result =
          sockets.WSAGetOverlappedResult(
              fd, operation.overlapped, operation.sent, /* wait= */ 0, operation.flags);
      if (result < 0) {
        throw WsaError.exception("ConnectEx", result);
      }
      int updated =
          sockets.setsockopt(
              fd, WindowsSockets.SOL_SOCKET, WindowsSockets.SO_UPDATE_CONNECT_CONTEXT, null, 0);
      if (updated < 0) {
        throw WsaError.exception("setsockopt SO_UPDATE_CONNECT_CONTEXT", updated);
      }
      return operation.sent.getInt(0);
    } finally {
      completions().letGo(operation);
    }
  }

  @Override
  public void abandon(int fd, int syn) {
    ConnectOperation operation = operation(syn);
    if (fd >= 0) {
      // It may be done already, which is as well: its memory is Windows' until the port says so.
      sockets.CancelIoEx(fd, operation.overlapped);
    }
    completions().letGo(operation);
  }

  private ConnectOperation operation(int syn) {
    return completions().get(FIRST - syn);
  }

  private CompletionPort completions() {
    CompletionPort completions = port;
    if (completions == null) {
      throw new IllegalStateException("nothing was begun");
    }
    return completions;
  }

  /** Windows knows no backlog for SYN data: the option is a switch. */
  @Override
  public void acceptFastOpen(int fd, int backlog) {
    setOption(fd, backlog > 0 ? on : off);
  }

  @Override
  public boolean acceptsFastOpenBeforeListen() {
    return true;
  }

  /**
   * Windows does not tell what became of the SYN's data. Whether it was tried at all, the socket
   * itself remembers: its option is on.
   */
  @Override
  public FastOpenOutcome connectOutcome(int fd) {
    synchronized (option) {
      option.putInt(0, 0);
      optionLength.putInt(0, Integer.BYTES);
      int result =
          sockets.getsockopt(
              fd, WindowsSockets.IPPROTO_TCP, WindowsSockets.TCP_FASTOPEN, option, optionLength);
      boolean untried = option.getInt(0) == 0;
      return WsaError.WSAENOPROTOOPT.is(result) || (result == 0 && untried)
          ? FastOpenOutcome.NOT_ATTEMPTED
          : FastOpenOutcome.UNKNOWN;
    }
  }

  @Override
  public FastOpenOutcome acceptOutcome(int fd) {
    return FastOpenOutcome.UNKNOWN;
  }

  private int setOption(int fd, ByteBuffer value) {
    return sockets.setsockopt(
        fd, WindowsSockets.IPPROTO_TCP, WindowsSockets.TCP_FASTOPEN, value, Integer.BYTES);
  }
}
