package io.tfo.integration.docs;

import io.grpc.netty.NettyChannelBuilder;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.NettyCustomizer;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.impl.transports.EpollTransport;
import io.vertx.core.transport.Transport;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;
import reactor.netty.http.client.HttpClient;

/** The documented examples of Netty's native transport, as the tests run them. */
public final class NettySnippets {
  private NettySnippets() {}

  /** Lets the kernel defer a connect. */
  public static void deferConnect(Channel channel) {
    // snippet
    if (channel instanceof EpollSocketChannel) { // the numbers are Linux's
      try {
        channel.config().setOption(new IntegerUnixChannelOption("TCP_FASTOPEN_CONNECT", 6, 30), 1);
      } catch (ChannelException e) {
        // The kernel refuses the option: this connect is a plain one.
      }
    }
    // end
  }

  /** Lets the kernel defer the connects of a bootstrap. */
  public static void netty(Bootstrap bootstrap, ChannelHandler handler) {
    // snippet
    bootstrap
        .channel(EpollSocketChannel.class)
        .handler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                deferConnect(channel);
                channel.pipeline().addLast(handler);
              }
            });
    // end
  }

  /** Lets the kernel defer the connects of Reactor Netty. */
  public static HttpClient reactorNetty(HttpClient client) {
    // snippet
    return client.doOnChannelInit((observer, channel, remote) -> deferConnect(channel));
    // end
  }

  /** Lets the kernel defer the connects of gRPC. */
  public static NettyChannelBuilder grpc(InetSocketAddress server, EventLoopGroup loops) {
    // snippet
    ChannelFactory<EpollSocketChannel> channels =
        () -> {
          EpollSocketChannel channel = new EpollSocketChannel();
          deferConnect(channel);
          return channel;
        };
    return NettyChannelBuilder.forAddress(server)
        .channelFactory(channels)
        .eventLoopGroup(loops); // new MultiThreadIoEventLoopGroup(EpollIoHandler.newFactory())
    // end
  }

  /** Lets the kernel defer the connects of Lettuce. */
  public static ClientResources lettuce() {
    // snippet
    return ClientResources.builder()
        .nettyCustomizer(
            new NettyCustomizer() {
              @Override
              public void afterChannelInitialized(Channel channel) {
                deferConnect(channel);
              }
            })
        .build();
    // end
  }

  /** Lets the kernel defer the connects of Vert.x. */
  public static Vertx vertx(VertxOptions options) {
    // snippet
    var epoll =
        new EpollTransport() {
          @Override
          public ChannelFactory<? extends Channel> channelFactory(boolean domainSocket) {
            ChannelFactory<? extends Channel> channels = super.channelFactory(domainSocket);
            return () -> {
              Channel channel = channels.newChannel();
              deferConnect(channel);
              return channel;
            };
          }
        };
    Transport transport =
        new Transport() {
          @Override
          public String name() {
            return Transport.EPOLL.name();
          }

          @Override
          public boolean available() {
            return epoll.isAvailable();
          }

          @Override
          public @Nullable Throwable unavailabilityCause() {
            return epoll.unavailabilityCause();
          }

          @Override
          public EpollTransport implementation() {
            return epoll;
          }
        };
    return Vertx.builder().with(options).withTransport(transport).build();
    // end
  }
}
