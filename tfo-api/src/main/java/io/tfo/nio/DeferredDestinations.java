package io.tfo.nio;

import io.tfo.log.ProgramLog;
import java.net.InetSocketAddress;
import java.util.BitSet;
import java.util.function.Predicate;

/**
 * Accepts destinations by their port. If the first destination is not accepted, it is logged: the
 * settings may be for ports to which the program never connects.
 */
final class DeferredDestinations implements Predicate<InetSocketAddress> {
  private final BitSet ports;
  private final String portsText;
  private final String channels;
  private volatile boolean asked;

  /**
   * Accepts some ports.
   *
   * @param portsText the ports, as the user has written them
   * @param channels the kind of the channels, such as "NIO channel"
   */
  DeferredDestinations(BitSet ports, String portsText, String channels) {
    this.ports = ports;
    this.portsText = portsText;
    this.channels = channels;
  }

  @Override
  public boolean test(InetSocketAddress destination) {
    boolean accepted = ports.get(destination.getPort());
    if (!asked) {
      asked = true;
      if (!accepted) {
        ProgramLog.log(
            System.Logger.Level.INFO,
            "the first connect of an "
                + channels
                + " is not deferred: its port "
                + destination.getPort()
                + " is not in "
                + ProviderSettings.PORTS
                + "="
                + portsText);
      }
    }
    return accepted;
  }
}
