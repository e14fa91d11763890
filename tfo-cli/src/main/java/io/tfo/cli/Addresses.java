package io.tfo.cli;

import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/** Formats addresses as a user types them: {@code 10.0.0.1:80}, {@code [::1]:80}, {@code *:80}. */
final class Addresses {
  private Addresses() {}

  static String text(SocketAddress address) {
    if (!(address instanceof InetSocketAddress internet) || internet.isUnresolved()) {
      return String.valueOf(address);
    }
    if (internet.getAddress().isAnyLocalAddress()) {
      return "*:" + internet.getPort();
    }
    String host = internet.getAddress().getHostAddress();
    return (internet.getAddress() instanceof Inet6Address ? "[" + host + "]" : host)
        + ":"
        + internet.getPort();
  }
}
