package io.tfo.benchmarks;

import io.tfo.socket.FastOpenSocketFactory;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.net.SocketFactory;

/** A way to connect: by the JDK, by Netty, or by this library in one of its forms. */
@SuppressWarnings("ImmutableEnumChecker") // the list is a copy, the supplier a constructor
enum Contender {
  JDK_CHANNEL("JDK SocketChannel", false, ChannelClient::plain),
  JDK_SOCKET(
      "JDK Socket", false, () -> new SocketClient(SocketFactory.getDefault(), Duration.ZERO)),
  JDK_SELECTOR("JDK channel and selector", false, SelectorClient::new),
  NETTY("Netty epoll", false, () -> new NettyClient(false)),
  NETTY_FAST_OPEN("Netty epoll, Fast Open", true, () -> new NettyClient(true)),
  LINUX_LEGACY("linux-legacy", true, ChannelClient::fastOpen, "-Dio.tfo.backend=linux-legacy"),
  LINUX_CONNECT("linux-connect", true, ChannelClient::fastOpen, "-Dio.tfo.backend=linux-connect"),
  SOCKET_FACTORY(
      "socket factory",
      true,
      () -> new SocketClient(FastOpenSocketFactory.system(), Duration.ZERO)),
  SELECTOR_PROVIDER(
      "selector provider",
      true,
      SelectorClient::new,
      "-Djava.nio.channels.spi.SelectorProvider=io.tfo.nio.FastOpenSelectorProvider",
      "-Dio.tfo.provider.ports=all"),
  JDK_CHANNEL_TIMED("JDK SocketChannel, timeout", false, ChannelClient::plainTimed),
  JDK_SOCKET_TIMED("JDK Socket, timeout", false, () -> timed(SocketFactory.getDefault())),
  LINUX_LEGACY_TIMED(
      "linux-legacy, timeout", true, ChannelClient::fastOpenTimed, "-Dio.tfo.backend=linux-legacy"),
  LINUX_CONNECT_TIMED(
      "linux-connect, timeout",
      true,
      ChannelClient::fastOpenTimed,
      "-Dio.tfo.backend=linux-connect"),
  SOCKET_FACTORY_TIMED(
      "socket factory, timeout", true, () -> timed(FastOpenSocketFactory.system()));

  /** The contenders that connect without a timeout. */
  static final List<Contender> UNTIMED =
      Stream.of(values()).filter(each -> !each.name().endsWith("_TIMED")).toList();

  /**
   * The contenders that connect with a timeout and set TCP_NODELAY, as HTTP clients and database
   * drivers do.
   */
  static final List<Contender> TIMED =
      Stream.of(values()).filter(each -> each.name().endsWith("_TIMED")).toList();

  /** Its name in the figures. */
  final String label;

  /** Whether its SYN carries data. */
  final boolean fastOpen;

  /** The options of its JVM. */
  final List<String> jvmOptions;

  private final Supplier<BenchmarkClient> client;

  Contender(
      String label, boolean fastOpen, Supplier<BenchmarkClient> client, String... jvmOptions) {
    this.label = label;
    this.fastOpen = fastOpen;
    this.client = client;
    this.jvmOptions = List.of(jvmOptions);
  }

  private static BenchmarkClient timed(SocketFactory factory) {
    return new SocketClient(factory, BenchmarkClient.TIMEOUT);
  }

  /** Makes the client. Called in the contender's own JVM. */
  BenchmarkClient client() {
    return client.get();
  }

  /** The contender for the JDK API that this one replaces; the ratios refer to it. */
  Contender baseline() {
    return switch (this) {
      case SOCKET_FACTORY -> JDK_SOCKET;
      case SELECTOR_PROVIDER -> JDK_SELECTOR;
      case JDK_CHANNEL_TIMED, LINUX_LEGACY_TIMED, LINUX_CONNECT_TIMED -> JDK_CHANNEL_TIMED;
      case JDK_SOCKET_TIMED, SOCKET_FACTORY_TIMED -> JDK_SOCKET_TIMED;
      default -> JDK_CHANNEL;
    };
  }

  boolean isOurs() {
    return switch (this) {
      case LINUX_LEGACY, LINUX_CONNECT, SOCKET_FACTORY, SELECTOR_PROVIDER -> true;
      case LINUX_LEGACY_TIMED, LINUX_CONNECT_TIMED, SOCKET_FACTORY_TIMED -> true;
      default -> false;
    };
  }
}
