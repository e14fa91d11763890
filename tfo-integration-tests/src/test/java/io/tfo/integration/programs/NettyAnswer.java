package io.tfo.integration.programs;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** All that comes until the server ends the connection. */
final class NettyAnswer extends SimpleChannelInboundHandler<ByteBuf> {
  private final CompletableFuture<String> text = new CompletableFuture<>();
  private final StringBuilder received = new StringBuilder();

  /** Returns the body of the HTTP response. */
  String body(Duration patience) throws Exception {
    String whole = text.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    return whole.substring(whole.indexOf("\r\n\r\n") + 4);
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, ByteBuf bytes) {
    received.append(bytes.toString(StandardCharsets.US_ASCII));
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    text.complete(received.toString());
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    text.completeExceptionally(cause);
  }
}
