package io.tfo.benchmarks;

import io.tfo.FastOpenSocketFactory;
import java.util.List;
import java.util.function.Supplier;
import javax.net.SocketFactory;

/** Who connects: the JDK, Netty, and this library in each of its forms. */
@SuppressWarnings("ImmutableEnumChecker") // a list that is made of its own, and a constructor
enum Rival {
  JDK_CHANNEL("JDK SocketChannel", false, ChannelClient::plain),
  JDK_SOCKET("JDK Socket", false, () -> new SocketClient(SocketFactory.getDefault())),
  NETTY("Netty epoll", false, () -> new NettyClient(false)),
  NETTY_FAST_OPEN("Netty epoll, Fast Open", true, () -> new NettyClient(true)),
  LINUX_LEGACY("linux-legacy", true, ChannelClient::fastOpen, "-Dio.tfo.backend=linux-legacy"),
  LINUX_CONNECT("linux-connect", true, ChannelClient::fastOpen, "-Dio.tfo.backend=linux-connect"),
  SOCKET_FACTORY("socket factory", true, () -> new SocketClient(FastOpenSocketFactory.system()));

  /** As the figures name it. */
  final String label;

  /** Whether its data is to be in the SYN. */
  final boolean fastOpen;

  /** What its JVM is told. */
  final List<String> jvmOptions;

  private final Supplier<Client> client;

  Rival(String label, boolean fastOpen, Supplier<Client> client, String... jvmOptions) {
    this.label = label;
    this.fastOpen = fastOpen;
    this.client = client;
    this.jvmOptions = List.of(jvmOptions);
  }

  /** In this rival's own JVM: what connects. */
  Client client() {
    return client.get();
  }

  boolean isOurs() {
    return this == LINUX_LEGACY || this == LINUX_CONNECT || this == SOCKET_FACTORY;
  }
}
