package io.tfo.benchmarks;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import java.io.EOFException;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongConsumer;

/**
 * Netty with its native epoll transport, in the way in which it is fastest: the end of a connection
 * starts the next one on the same event loop, so no thread waits for another.
 */
@SuppressWarnings("FutureReturnValueIgnored") // failures arrive in exceptionCaught
final class NettyClient implements BenchmarkClient {
  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final ByteBuf request = Unpooled.directBuffer().writeBytes(Message.request(0));
  private final boolean fastOpen;

  NettyClient(boolean fastOpen) {
    this.fastOpen = fastOpen;
  }

  @Override
  public void exchange(InetSocketAddress server, int times, LongConsumer firstByte)
      throws Exception {
    if (times > 0) {
      Exchanges exchanges = new Exchanges(server, times, firstByte);
      group.next().execute(exchanges::next);
      exchanges.done.get();
    }
  }

  @Override
  public void close() {
    group.shutdownGracefully().syncUninterruptibly();
  }

  /** A number of exchanges, one after another. Runs on the event loop only. */
  @Sharable
  private final class Exchanges extends ChannelInboundHandlerAdapter {
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private final InetSocketAddress server;
    private final LongConsumer firstByte;
    private final Bootstrap bootstrap =
        new Bootstrap()
            .group(group)
            .channel(EpollSocketChannel.class)
            .option(ChannelOption.TCP_FASTOPEN_CONNECT, fastOpen)
            .handler(this);
    private int left;
    private int received;
    private long start;

    Exchanges(InetSocketAddress server, int times, LongConsumer firstByte) {
      this.server = server;
      this.left = times;
      this.firstByte = firstByte;
    }

    void next() {
      if (left-- == 0) {
        done.complete(null);
        return;
      }
      received = 0;
      start = System.nanoTime();
      if (fastOpen) {
        // Only what is written before the connect can travel in the SYN.
        Channel channel = bootstrap.register().channel();
        channel.write(request.retainedDuplicate(), channel.voidPromise());
        channel.connect(server).addListener(connected -> failIf(connected.cause()));
      } else {
        bootstrap.connect(server).addListener(connected -> failIf(connected.cause()));
      }
    }

    private void failIf(Throwable cause) {
      if (cause != null) {
        done.completeExceptionally(cause);
      }
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      if (fastOpen) {
        ctx.flush();
      } else {
        ctx.writeAndFlush(request.retainedDuplicate(), ctx.voidPromise());
      }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ByteBuf reply = (ByteBuf) message;
      if (received == 0) {
        firstByte.accept(System.nanoTime() - start);
      }
      received += reply.readableBytes();
      reply.release();
      if (received == Message.LENGTH) {
        ctx.close();
      }
    }

    @Override
    public void channelUnregistered(ChannelHandlerContext ctx) {
      if (received == Message.LENGTH) {
        next();
      } else {
        done.completeExceptionally(new EOFException("no reply"));
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      done.completeExceptionally(cause);
    }
  }
}
