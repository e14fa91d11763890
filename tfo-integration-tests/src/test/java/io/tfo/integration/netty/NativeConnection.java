package io.tfo.integration.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A connection of Netty's client, and the events of its handler: text that is read, exceptions. */
final class NativeConnection extends ChannelInboundHandlerAdapter {
  private static final long LIMIT_SECONDS = 20;

  private final BlockingQueue<Object> events = new LinkedBlockingQueue<>();
  private @Nullable ChannelFuture connect;

  /** Takes the connect, and waits for its end. */
  void began(ChannelFuture future) throws InterruptedException {
    connect = future;
    assertThat(future.await(LIMIT_SECONDS, TimeUnit.SECONDS)).as("the connect ends").isTrue();
  }

  /** Returns why the connect failed, or null if it did not. */
  @Nullable Throwable connectFailure() {
    return future().cause();
  }

  Channel channel() {
    return future().channel();
  }

  private ChannelFuture future() {
    if (connect == null) {
      throw new IllegalStateException("no connect has begun");
    }
    return connect;
  }

  /** Writes, and returns why that failed, or null if it did not. */
  @Nullable Throwable write(String text) throws InterruptedException {
    ChannelFuture written =
        channel().writeAndFlush(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
    assertThat(written.await(LIMIT_SECONDS, TimeUnit.SECONDS)).as("the write ends").isTrue();
    return written.cause();
  }

  /** Waits for the next event of the handler. */
  Object next() throws InterruptedException {
    Object event = events.poll(LIMIT_SECONDS, TimeUnit.SECONDS);
    assertThat(event).as("what the handler is told").isNotNull();
    return event;
  }

  void close() throws InterruptedException {
    assertThat(channel().close().await(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf read = (ByteBuf) message;
    events.add(read.toString(StandardCharsets.US_ASCII));
    read.release();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    events.add(cause);
  }
}
