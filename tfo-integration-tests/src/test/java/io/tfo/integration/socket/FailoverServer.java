package io.tfo.integration.socket;

import com.unboundid.ldap.listener.InMemoryDirectoryServer;
import com.unboundid.ldap.listener.InMemoryDirectoryServerConfig;
import com.unboundid.ldap.listener.InMemoryListenerConfig;
import com.unboundid.ldap.sdk.LDAPException;
import io.tfo.lab.Host;
import io.tfo.socket.FastOpenServerSocketFactory;
import io.tfo.testkit.BackendLab;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
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
    InetAddress first,
    InetAddress second,
    int port,
    @Nullable HandshakeCertificates keys,
    Runnable stop)
    implements AutoCloseable {
  static final String HOST = "two.test";

  static FailoverServer web(SocketLab hosts, boolean tls) throws Exception {
    Host server = hosts.lab().server();
    HandshakeCertificates keys = tls ? TestKeys.of(server.ipv4()) : null;
    FastOpenWebServer web = new FastOpenWebServer(hosts, keys, Protocol.HTTP_1_1);
    int port = URI.create(web.url()).getPort();
    return new FailoverServer(server.ipv6(), server.ipv4(), port, keys, web::close);
  }

  static FailoverServer ldap(SocketLab hosts) throws Exception {
    Host server = hosts.lab().server();
    InMemoryDirectoryServer directory = server.call(() -> directory(server.ipv4()));
    return new FailoverServer(
        server.ipv6(),
        server.ipv4(),
        directory.getListenPort(),
        null,
        () -> directory.shutDown(true));
  }

  private static InMemoryDirectoryServer directory(InetAddress address) throws LDAPException {
    InMemoryDirectoryServerConfig config = new InMemoryDirectoryServerConfig("dc=test");
    config.setListenerConfigs(
        new InMemoryListenerConfig(
            "ldap",
            address,
            BackendLab.newPort(),
            FastOpenServerSocketFactory.system(),
            null,
            null));
    InMemoryDirectoryServer directory = new InMemoryDirectoryServer(config);
    directory.startListening();
    return directory;
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

  @Override
  public void close() {
    stop.run();
  }
}
