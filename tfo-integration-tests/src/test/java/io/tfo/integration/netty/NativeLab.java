package io.tfo.integration.netty;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.tfo.integration.docs.NettySnippets;
import io.tfo.lab.Lab;
import io.tfo.lab.test.Labs;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.NetworkChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A native transport of Netty's on the client of a lab, servers that take SYN data on the other.
 */
final class NativeLab implements AutoCloseable {
  private static final String FAST_OPEN_WITHOUT_SOCKET_OPTION = "1027"; // 0x400, 2 and 1
  private static final int CONNECT_TIMEOUT_MILLIS = 1000;

  private final Lab lab;
  private final EventLoopGroup loops;
  private final List<NetworkChannel> opened = new ArrayList<>();

  /** Netty's epoll transport. */
  static NativeLab epoll() throws IOException {
    return new NativeLab(EpollIoHandler.newFactory());
  }

  NativeLab(IoHandlerFactory transport) throws IOException {
    lab = Labs.twoHosts();
    lab.server().sysctl("net.ipv4.tcp_fastopen", FAST_OPEN_WITHOUT_SOCKET_OPTION);
    loops = new MultiThreadIoEventLoopGroup(1, lab.client().threads(), transport);
  }

  Lab lab() {
    return lab;
  }

  /** Starts a server that greets, and then sends back what it reads. */
  InetSocketAddress serve(String greeting) throws Exception {
    ServerSocketChannel listener = lab.server().call(ServerSocketChannel::open);
    opened.add(listener);
    listener.bind(new InetSocketAddress(lab.server().ipv4(), 0));
    lab.server()
        .start(
            () -> {
              while (true) {
                SocketChannel accepted = listener.accept();
                lab.server().start(() -> echo(accepted, greeting));
              }
            });
    return (InetSocketAddress) listener.getLocalAddress();
  }

  private static boolean echo(SocketChannel accepted, String greeting) throws IOException {
    try (accepted) {
      ByteBuffer buffer = ByteBuffer.allocate(1000).put(greeting.getBytes(US_ASCII));
      do {
        accepted.write(buffer.flip());
        buffer.clear();
      } while (accepted.read(buffer) >= 0);
    }
    return true;
  }

  /** Returns an address that refuses connects, and that no other socket can get. */
  InetSocketAddress refusing() throws Exception {
    SocketChannel bound = lab.server().call(SocketChannel::open);
    opened.add(bound);
    bound.bind(new InetSocketAddress(lab.server().ipv4(), 0));
    return (InetSocketAddress) bound.getLocalAddress();
  }

  /** Connects as the documentation shows it. */
  NativeConnection deferring(InetSocketAddress server) throws Exception {
    NativeConnection connection = new NativeConnection();
    Bootstrap bootstrap = bootstrap();
    NettySnippets.netty(bootstrap, connection);
    return connect(bootstrap, connection, server);
  }

  /** Connects with an option that the bootstrap sets. */
  <T> NativeConnection withOption(ChannelOption<T> option, T value, InetSocketAddress server)
      throws Exception {
    return withOption(EpollSocketChannel.class, option, value, server);
  }

  /** Connects a channel of another transport with such an option. */
  <T> NativeConnection withOption(
      Class<? extends Channel> type, ChannelOption<T> option, T value, InetSocketAddress server)
      throws Exception {
    NativeConnection connection = new NativeConnection();
    return connect(
        bootstrap().channel(type).handler(connection).option(option, value), connection, server);
  }

  /** Connects without TCP Fast Open. */
  NativeConnection plain(InetSocketAddress server) throws Exception {
    return withOption(ChannelOption.TCP_NODELAY, true, server);
  }

  /** Connects, writes and reads once, so that the kernel has the server's cookie. */
  void getCookie(InetSocketAddress server) throws Exception {
    NativeConnection connection = deferring(server);
    assertThat(connection.write("first")).isNull();
    assertThat(connection.next()).isEqualTo("first");
    connection.close();
    lab.wire().forget();
  }

  private Bootstrap bootstrap() {
    return new Bootstrap()
        .group(loops)
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS);
  }

  /**
   * The socket is opened by the thread that calls connect, and so belongs to that thread's host.
   */
  private NativeConnection connect(
      Bootstrap bootstrap, NativeConnection connection, InetSocketAddress server) throws Exception {
    connection.began(lab.client().call(() -> bootstrap.connect(server)));
    return connection;
  }

  @Override
  public void close() throws IOException {
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly(20, TimeUnit.SECONDS);
    for (NetworkChannel channel : opened) {
      channel.close();
    }
    lab.close();
  }
}
