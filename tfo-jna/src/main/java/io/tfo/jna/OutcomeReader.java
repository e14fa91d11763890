package io.tfo.jna;

import io.tfo.FastOpenOutcome;
import io.tfo.jdk.JdkChannels;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SocketChannel;

/** Reads a channel's outcome, on the connecting or on the accepting side. */
interface OutcomeReader {
  FastOpenOutcome read(NativeTcp tcp, int fd) throws IOException;

  /**
   * Reads a channel's outcome under its lock, so its descriptor is not closed meanwhile.
   *
   * @param inaccessible the outcome of a channel that is not the JDK's, or not accessible
   */
  default FastOpenOutcome of(
      SocketChannel channel, NativeAccess access, FastOpenOutcome inaccessible) throws IOException {
    NativeTcp tcp = access.tcp();
    JdkChannels jdk = access.channels();
    if (tcp == null || jdk == null || !jdk.isJdk(channel) || jdk.isUnix(channel)) {
      requireConnected(channel);
      return inaccessible;
    }
    synchronized (jdk.stateLock(channel)) {
      requireConnected(channel);
      return read(tcp, jdk.fd(channel));
    }
  }

  private static void requireConnected(SocketChannel channel) throws IOException {
    if (!channel.isOpen()) {
      throw new ClosedChannelException();
    }
    if (!channel.isConnected()) {
      throw new NotYetConnectedException();
    }
  }
}
