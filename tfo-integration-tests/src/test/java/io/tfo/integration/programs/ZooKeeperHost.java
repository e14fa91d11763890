package io.tfo.integration.programs;

import io.tfo.integration.socket.SocketLab;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.zookeeper.server.NIOServerCnxnFactory;
import org.apache.zookeeper.server.ZooKeeperServer;

/** ZooKeeper's own server, by itself, over NIO. */
final class ZooKeeperHost {
  private static final int TICK_MILLIS = 200;
  private static final int MOST_CLIENTS = 100;

  private ZooKeeperHost() {}

  static InetSocketAddress start(SocketLab hosts, int port) throws Exception {
    Path data = Files.createTempDirectory("zookeeper");
    InetSocketAddress address = new InetSocketAddress(hosts.lab().server().ipv4(), port);
    NIOServerCnxnFactory server =
        hosts
            .lab()
            .server()
            .call(
                () -> {
                  NIOServerCnxnFactory factory = new NIOServerCnxnFactory();
                  factory.configure(address, MOST_CLIENTS);
                  factory.startup(new ZooKeeperServer(data.toFile(), data.toFile(), TICK_MILLIS));
                  return factory;
                });
    hosts.closeLater(
        () -> {
          server.shutdown();
          Folders.delete(data);
        });
    return address;
  }
}
