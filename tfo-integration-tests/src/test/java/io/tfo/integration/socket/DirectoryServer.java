package io.tfo.integration.socket;

import com.unboundid.ldap.listener.InMemoryDirectoryServer;
import com.unboundid.ldap.listener.InMemoryDirectoryServerConfig;
import com.unboundid.ldap.listener.InMemoryListenerConfig;
import io.tfo.socket.FastOpenServerSocketFactory;
import io.tfo.testkit.BackendLab;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** UnboundID's LDAP server on the server's host, over our server socket factory. */
final class DirectoryServer {
  private DirectoryServer() {}

  /** Starts it until the lab is closed. */
  static InetSocketAddress start(SocketLab hosts) throws Exception {
    InetAddress host = hosts.lab().server().ipv4();
    InMemoryDirectoryServerConfig config = new InMemoryDirectoryServerConfig("dc=test");
    config.setListenerConfigs(
        new InMemoryListenerConfig(
            "ldap", host, BackendLab.newPort(), FastOpenServerSocketFactory.system(), null, null));
    InMemoryDirectoryServer directory = new InMemoryDirectoryServer(config);
    hosts.closeLater(() -> directory.shutDown(true));
    hosts
        .lab()
        .server()
        .call(
            () -> {
              directory.startListening();
              return directory;
            });
    return new InetSocketAddress(host, directory.getListenPort());
  }
}
