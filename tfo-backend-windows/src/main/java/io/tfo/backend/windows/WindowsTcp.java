package io.tfo.backend.windows;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenOutcome;
import io.tfo.jna.NativeTcp;
import io.tfo.jna.OverlappedConnect;
import io.tfo.jna.SocketAddressLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Sends the SYN by an overlapped {@code ConnectEx} on a bound socket with TCP_FASTOPEN. */
final class WindowsTcp implements NativeTcp, OverlappedConnect {
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
  private final FastOpenOption option;
  private final int pointerSize;
  private final ByteBuffer on = FastOpenOption.dword(1);
  private final ByteBuffer anyIpv4 = anyAddress(WindowsSockets.AF_INET, SIZEOF_SOCKADDR_IN);
  private final ByteBuffer anyIpv6 = anyAddress(WindowsSockets.AF_INET6, SIZEOF_SOCKADDR_IN6);
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
    this.option = new FastOpenOption(sockets, version);
    this.pointerSize = pointerSize;
  }

  private static ByteBuffer anyAddress(int family, int size) {
    ByteBuffer address = ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
    return address.putShort(0, (short) family);
  }

  @Override
  public void probe(int fd) throws IOException {
    int set = option.set(fd, true);
    if (FastOpenOption.isMissing(set)) {
      throw new IOException(option.missing(set));
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
            FastOpenOption.dword(0));
    if (found < 0) {
      throw WsaError.exception("WSAIoctl WSAID_CONNECTEX", found);
    }
    sockets.bindConnectEx(
        pointerSize == Long.BYTES
            ? function.getLong(0)
            : Integer.toUnsignedLong(function.getInt(0)));
    port = CompletionPort.open(sockets, pointerSize);
  }

  @Override
  public FastOpenCapability client() {
    return option.capability();
  }

  @Override
  public FastOpenCapability server() {
    return option.capability();
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
    if (completions == null || option.set(fd, true) < 0) {
      return NOT_SENT;
    }
    int begun = begin(completions, fd, address, addressLength, data, dataLength);
    if (begun == NOT_SENT) {
      // The JDK's own connect follows, and the outcome is read from the option.
      option.set(fd, false);
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
    option.set(fd, backlog > 0);
  }

  @Override
  public boolean acceptsFastOpenBeforeListen() {
    return true;
  }

  @Override
  public FastOpenOutcome connectOutcome(int fd) {
    return option.outcome(fd);
  }

  @Override
  public FastOpenOutcome acceptOutcome(int fd) {
    return FastOpenOutcome.UNKNOWN;
  }
}
