package io.tfo.benchmarks;

import io.tfo.socket.FastOpenSocketFactory;
import java.util.List;
import java.util.function.Supplier;
import javax.net.SocketFactory;

/** Who connects: the JDK, Netty, and this library in each of its forms. */
@SuppressWarnings("ImmutableEnumChecker") // a list that is made of its own, and a constructor
enum Contender {
  JDK_CHANNEL("JDK SocketChannel", false, ChannelClient::plain),
  JDK_SOCKET("JDK Socket", false, () -> new SocketClient(SocketFactory.getDefault())),
  JDK_SELECTOR("JDK channel and selector", false, SelectorClient::new),
  NETTY("Netty epoll", false, () -> new NettyClient(false)),
  NETTY_FAST_OPEN("Netty epoll, Fast Open", true, () -> new NettyClient(true)),
  LINUX_LEGACY("linux-legacy", true, ChannelClient::fastOpen, "-Dio.tfo.backend=linux-legacy"),
  LINUX_CONNECT("linux-connect", true, ChannelClient::fastOpen, "-Dio.tfo.backend=linux-connect"),
  SOCKET_FACTORY("socket factory", true, () -> new SocketClient(FastOpenSocketFactory.system())),
  SELECTOR_PROVIDER(
      "selector provider",
      true,
      SelectorClient::new,
      "-Djava.nio.channels.spi.SelectorProvider=io.tfo.nio.FastOpenSelectorProvider",
      "-Dio.tfo.provider.ports=all");

  /** As the figures name it. */
  final String label;

  /** Whether its data is to be in the SYN. */
  final boolean fastOpen;

  /** What its JVM is told. */
  final List<String> jvmOptions;

  private final Supplier<BenchmarkClient> client;

  Contender(
      String label, boolean fastOpen, Supplier<BenchmarkClient> client, String... jvmOptions) {
    this.label = label;
    this.fastOpen = fastOpen;
    this.client = client;
    this.jvmOptions = List.of(jvmOptions);
  }

  /** In this rival's own JVM: what connects. */
  BenchmarkClient client() {
    return client.get();
  }

  /** Whose place it takes: what its ratio is to. */
  Contender inPlaceOf() {
    return switch (this) {
      case SOCKET_FACTORY -> JDK_SOCKET;
      case SELECTOR_PROVIDER -> JDK_SELECTOR;
      default -> JDK_CHANNEL;
    };
  }

  boolean isOurs() {
    return switch (this) {
      case LINUX_LEGACY, LINUX_CONNECT, SOCKET_FACTORY, SELECTOR_PROVIDER -> true;
      default -> false;
    };
  }
}
