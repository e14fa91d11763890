package io.tfo.cli;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/**
 * Looks hosts up, and formats addresses as a user types them: {@code 10.0.0.1:80}, {@code
 * [::1]:80}, {@code *:80}.
 */
final class Addresses {
  private Addresses() {}

  /**
   * Looks a host up. The JDK resolves an empty name to this machine, which a user does not expect.
   *
   * @param name the name of the argument, for a message
   * @throws UnknownHostException if there is no such host; the message is its name alone
   */
  static List<InetAddress> of(CommandSpec command, String name, String host)
      throws UnknownHostException {
    if (host.isBlank()) {
      throw new ParameterException(command.commandLine(), name + " is empty");
    }
    try {
      return List.of(InetAddress.getAllByName(host));
    } catch (UnknownHostException e) {
      throw (UnknownHostException) new UnknownHostException(host).initCause(e);
    }
  }

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
