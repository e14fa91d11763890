package io.tfo;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.function.Predicate;

/** Connects plainly to some destinations, and to all others by another connector. */
final class PlainForConnector implements FastOpenConnector {
  private final FastOpenConnector others;
  private final Predicate<? super InetSocketAddress> plain;
  private final PlainConnector connector;

  PlainForConnector(FastOpenConnector others, Predicate<? super InetSocketAddress> plain) {
    this.others = others;
    this.plain = plain;
    this.connector = new PlainConnector(FastOpenCapability.unsupported("asked to connect plainly"));
  }

  @Override
  public FastOpenCapability capability() {
    return others.capability();
  }

  @Override
  public boolean connect(SocketChannel channel, SocketAddress remote, ByteBuffer synData)
      throws IOException {
    return (remote instanceof InetSocketAddress inet && plain.test(inet))
        ? connector.connect(channel, remote, synData)
        : others.connect(channel, remote, synData);
  }

  @Override
  public FastOpenConnector withoutCookie(Predicate<? super InetSocketAddress> destinations) {
    return new PlainForConnector(others.withoutCookie(destinations), plain);
  }

  @Override
  public FastOpenOutcome outcome(SocketChannel channel) throws IOException {
    return others.outcome(channel);
  }
}
