package io.tfo.backend.linux.legacy;

import io.tfo.jna.SocketAddressLayout;
import io.tfo.linux.LinuxSocketApi;
import io.tfo.linux.LinuxTcp;
import io.tfo.linux.RefusedCallException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Sends the SYN by {@code sendto(MSG_FASTOPEN)}. */
final class LinuxLegacyTcp extends LinuxTcp {
  private static final int FLAGS =
      LinuxSocketApi.MSG_FASTOPEN | LinuxSocketApi.MSG_DONTWAIT | LinuxSocketApi.MSG_NOSIGNAL;

  private final ByteBuffer nothing = ByteBuffer.allocateDirect(0);
  private final ByteBuffer foreign =
      ByteBuffer.allocateDirect(SocketAddressLayout.MAX_LENGTH)
          .order(ByteOrder.nativeOrder())
          .putShort(0, LinuxSocketApi.AF_UNIX);

  LinuxLegacyTcp(LinuxSocketApi sockets, String release) {
    super(sockets, release);
  }

  /**
   * Uses an address of a family that TCP does not know, so no SYN is sent: the error is
   * EAFNOSUPPORT if the client side is on. The length is that of the largest address, since a
   * shorter one causes another error.
   */
  @Override
  protected boolean isClientOn(int fd) throws RefusedCallException {
    int result = sockets.sendto(fd, nothing, 0, FLAGS, foreign, foreign.capacity());
    RefusedCallException.check("sendto MSG_FASTOPEN", result, "3.7");
    return result != -LinuxSocketApi.EOPNOTSUPP;
  }

  @Override
  public boolean needsNonBlockingDescriptor() {
    return false;
  }

  @Override
  public int sendSyn(
      int fd, ByteBuffer address, int addressLength, ByteBuffer data, int dataLength) {
    if (isClientRefused()) {
      return NOT_SENT;
    }
    int taken = sockets.sendto(fd, data, dataLength, FLAGS, address, addressLength);
    if (taken == -LinuxSocketApi.EINPROGRESS) {
      return 0;
    }
    return taken < 0 ? NOT_SENT : taken;
  }
}
