package io.tfo.backend.windows;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenOutcome;
import io.tfo.jna.NativeTcp;
import io.tfo.jna.OverlappedConnect;
import io.tfo.jna.SocketAddressLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/** TCP Fast Open on Windows: the option TCP_FASTOPEN, and {@link ConnectEx} for the SYN. */
final class WindowsTcp implements NativeTcp {
  private final WindowsSocketApi sockets;
  private final FastOpenOption option;
  private final int pointerSize;
  private volatile Optional<OverlappedConnect> connectEx = Optional.empty();

  /**
   * Creates Windows' TCP over its calls.
   *
   * @param sockets the calls
   * @param version the name and version of this Windows, for messages
   * @param pointerSize {@code sizeof(void*)}
   */
  WindowsTcp(WindowsSocketApi sockets, String version, int pointerSize) {
    this.sockets = sockets;
    this.option = new FastOpenOption(sockets, version);
    this.pointerSize = pointerSize;
  }

  @Override
  public void probe(int fd) throws IOException {
    int set = option.set(fd, true);
    if (FastOpenOption.isMissing(set)) {
      throw new IOException(option.missing(set));
    }
    connectEx = Optional.of(ConnectEx.find(sockets, option, fd, pointerSize));
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

  /** Sends nothing: on Windows only an overlapped call sends a SYN with data. */
  @Override
  public int sendSyn(
      int fd, ByteBuffer address, int addressLength, ByteBuffer data, int dataLength) {
    return NOT_SENT;
  }

  @Override
  public Optional<OverlappedConnect> overlapped() {
    return connectEx;
  }

  /** Windows has no backlog for SYN data: the option is a switch. */
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
