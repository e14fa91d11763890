package io.tfo.integration.docs;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;

/** The documented example of Netty's native transport, as the tests run it. */
public final class NettySnippets {
  private NettySnippets() {}

  /** Lets the kernel defer the connects of a bootstrap. */
  public static void deferConnects(Bootstrap bootstrap, ChannelHandler handler) {
    // snippet
    var fastOpenConnect = new IntegerUnixChannelOption("TCP_FASTOPEN_CONNECT", 6, 30);
    bootstrap
        .channel(EpollSocketChannel.class)
        .handler(
            new ChannelInitializer<EpollSocketChannel>() {
              @Override
              protected void initChannel(EpollSocketChannel channel) {
                try {
                  channel.config().setOption(fastOpenConnect, 1);
                } catch (ChannelException e) {
                  // The kernel refuses the option: this connect is a plain one.
                }
                channel.pipeline().addLast(handler);
              }
            });
    // end
  }
}
