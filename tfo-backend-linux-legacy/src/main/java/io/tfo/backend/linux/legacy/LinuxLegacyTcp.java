package io.tfo.backend.linux.legacy;

import io.tfo.jna.linux.LinuxSockets;
import io.tfo.jna.linux.LinuxTcp;
import java.nio.ByteBuffer;

/** Sends the SYN by {@code sendto(MSG_FASTOPEN)}. */
final class LinuxLegacyTcp extends LinuxTcp {
  private static final int FLAGS =
      LinuxSockets.MSG_FASTOPEN | LinuxSockets.MSG_DONTWAIT | LinuxSockets.MSG_NOSIGNAL;

  LinuxLegacyTcp(LinuxSockets sockets, String release) {
    super(sockets, release);
  }

  /**
   * Probes nothing. Only a SYN could show that the flag is missing, and a kernel without the flag
   * has no sysctl either.
   */
  @Override
  public void probe(int fd) {}

  @Override
  public boolean needsNonBlockingDescriptor() {
    return false;
  }

  @Override
  public int sendSyn(
      int fd, ByteBuffer address, int addressLength, ByteBuffer data, int dataLength) {
    int taken = sockets.sendto(fd, data, dataLength, FLAGS, address, addressLength);
    if (taken == -LinuxSockets.EINPROGRESS) {
      return 0;
    }
    return taken < 0 ? NOT_SENT : taken;
  }
}
