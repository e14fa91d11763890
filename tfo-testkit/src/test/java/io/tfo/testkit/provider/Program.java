package io.tfo.testkit.provider;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Clients that know nothing of TCP Fast Open; each fetch is a client and a connection of its own.
 */
enum Program {
  HTTP_CLIENT {
    @Override
    String fetch(InetSocketAddress server) throws Exception {
      return HttpClient.newHttpClient().send(request(server), body()).body();
    }
  },

  HTTP_CLIENT_ASYNC {
    @Override
    String fetch(InetSocketAddress server) throws Exception {
      return HttpClient.newBuilder()
          .connectTimeout(Duration.ofSeconds(10))
          .build()
          .sendAsync(request(server), body())
          .get(WITHIN_SECONDS, TimeUnit.SECONDS)
          .body();
    }
  },

  NETTY {
    @Override
    String fetch(InetSocketAddress server) throws Exception {
      EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
      try {
        Whole whole = new Whole();
        Channel channel =
            new Bootstrap()
                .group(group)
                .channel(NioSocketChannel.class)
                .handler(whole)
                .connect(server)
                .sync()
                .channel();
        channel
            .writeAndFlush(
                Unpooled.copiedBuffer(
                    "GET / HTTP/1.1\r\nHost: lab\r\n\r\n", StandardCharsets.US_ASCII))
            .sync();
        String answer = whole.text.get(WITHIN_SECONDS, TimeUnit.SECONDS);
        return answer.substring(answer.indexOf("\r\n\r\n") + 4);
      } finally {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
      }
    }
  },

  JETTY {
    @Override
    String fetch(InetSocketAddress server) throws Exception {
      org.eclipse.jetty.client.HttpClient client = new org.eclipse.jetty.client.HttpClient();
      client.start();
      try {
        return client
            .newRequest(uri("http", server))
            .timeout(WITHIN_SECONDS, TimeUnit.SECONDS)
            .send()
            .getContentAsString();
      } finally {
        client.stop();
      }
    }
  };

  private static final int WITHIN_SECONDS = 20;

  /** Fetches the answer, on the thread of the host on which the client is to be. */
  abstract String fetch(InetSocketAddress server) throws Exception;

  static URI uri(String scheme, InetSocketAddress server) {
    return URI.create(
        scheme + "://" + server.getAddress().getHostAddress() + ":" + server.getPort() + "/");
  }

  private static HttpRequest request(InetSocketAddress server) {
    return HttpRequest.newBuilder(uri("http", server))
        .version(HttpClient.Version.HTTP_1_1)
        .timeout(Duration.ofSeconds(WITHIN_SECONDS))
        .build();
  }

  private static HttpResponse.BodyHandler<String> body() {
    return HttpResponse.BodyHandlers.ofString();
  }

  /** All that comes until the server ends the connection. */
  private static final class Whole extends SimpleChannelInboundHandler<ByteBuf> {
    final CompletableFuture<String> text = new CompletableFuture<>();
    private final StringBuilder received = new StringBuilder();

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
}
