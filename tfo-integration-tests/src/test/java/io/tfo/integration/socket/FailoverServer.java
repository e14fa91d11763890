package io.tfo.integration.socket;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import okhttp3.Protocol;
import okhttp3.tls.HandshakeCertificates;
import org.jspecify.annotations.Nullable;

/**
 * A server whose host name has two addresses, and which listens at the second of them.
 *
 * @param first an IPv6 address
 * @param second an IPv4 address
 * @param keys those of its TLS; null if it has none
 */
record FailoverServer(
    InetAddress first, InetAddress second, int port, @Nullable HandshakeCertificates keys) {
  static final String HOST = "two.test";

  static FailoverServer web(SocketLab hosts, boolean tls) throws Exception {
    HandshakeCertificates keys = tls ? TestKeys.of(hosts.lab().server().ipv4()) : null;
    FastOpenWebServer web = new FastOpenWebServer(hosts, keys, Protocol.HTTP_1_1);
    hosts.closeLater(web::close);
    return at(web.address(), hosts, keys);
  }

  static FailoverServer ldap(SocketLab hosts) throws Exception {
    return at(DirectoryServer.start(hosts), hosts, null);
  }

  private static FailoverServer at(
      InetSocketAddress second, SocketLab hosts, @Nullable HandshakeCertificates keys) {
    InetAddress first = hosts.lab().server().ipv6();
    return new FailoverServer(first, second.getAddress(), second.getPort(), keys);
  }

  List<InetAddress> addresses() {
    return List.of(first, second);
  }

  boolean isAlive(InetSocketAddress address) {
    return address.getAddress().equals(second);
  }

  String url() {
    return "%s://%s:%d/".formatted(keys == null ? "http" : "https", HOST, port);
  }
}
