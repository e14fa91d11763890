package io.tfo.jna;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenConnector;
import io.tfo.FastOpenOutcome;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * The connector of every backend: a {@link ConnectAttempt} where a SYN with data can be sent, the
 * JDK's own connect everywhere else.
 */
final class ChannelConnector implements FastOpenConnector {
  final NativeAccess access;
  private final BackOff backOff;
  private final SynLossDetector lossDetector;

  ChannelConnector(NativeAccess access, BackOff backOff) {
    this.access = access;
    this.backOff = backOff;
    this.lossDetector = new SynLossDetector(backOff);
  }

  @Override
  public FastOpenCapability capability() {
    FastOpenCapability found = access.capability(NativeTcp::client);
    long plain = backOff.destinations();
    return plain == 0 || found.status() != FastOpenCapability.Status.AVAILABLE
        ? found
        : FastOpenCapability.available(
            "%s; plain for now where a SYN was lost: %d %s"
                .formatted(found.detail(), plain, plain == 1 ? "destination" : "destinations"));
  }

  /** Restores the data's position where the connect fails. */
  @Override
  public boolean connect(SocketChannel channel, SocketAddress remote, ByteBuffer synData)
      throws IOException {
    int start = synData.position();
    boolean connected;
    try {
      ConnectAttempt attempt = attempt(channel, remote);
      connected = attempt == null ? channel.connect(remote) : attempt.connect(synData);
    } catch (Throwable t) {
      synData.position(start);
      throw t;
    }
    while (synData.hasRemaining() && channel.isBlocking()) {
      channel.write(synData);
    }
    return connected;
  }

  /** Returns null where the JDK's connect decides, with its own exceptions. */
  private @Nullable ConnectAttempt attempt(SocketChannel channel, SocketAddress remote) {
    NativeTcp tcp = access.tcp();
    JdkChannels jdk = JdkChannels.ACCESS;
    return tcp != null
            && jdk != null
            && isTcpChannel(jdk, channel)
            && remote instanceof InetSocketAddress destination
            && isOneHost(destination)
            && suitsMode(tcp, channel)
            && lossDetector.admits(destination)
        ? new ConnectAttempt(tcp, jdk, channel, destination, lossDetector)
        : null;
  }

  private static boolean isTcpChannel(JdkChannels jdk, SocketChannel channel) {
    return jdk.isJdk(channel) && !jdk.isUnix(channel);
  }

  /** The JDK connects the wildcard to the local host, and refuses the others. */
  private static boolean isOneHost(InetSocketAddress destination) {
    return !destination.isUnresolved()
        && !destination.getAddress().isAnyLocalAddress()
        && !destination.getAddress().isMulticastAddress();
  }

  /** An interrupt must close a blocking channel; a non-blocking one cannot wait for a system. */
  private static boolean suitsMode(NativeTcp tcp, SocketChannel channel) {
    return channel.isBlocking()
        ? !Thread.currentThread().isInterrupted()
        : tcp.overlapped().isEmpty();
  }

  @Override
  public FastOpenOutcome outcome(SocketChannel channel) throws IOException {
    OutcomeReader reader = NativeTcp::connectOutcome;
    return reader.of(channel, access, FastOpenOutcome.NOT_ATTEMPTED);
  }
}
