package io.tfo.integration.nio;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.tfo.integration.docs.ProviderSnippets;
import io.tfo.integration.socket.TestKeys;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.apache.hc.client5.http.async.methods.SimpleRequestBuilder;
import org.apache.hc.client5.http.impl.async.CloseableHttpAsyncClient;
import org.apache.hc.client5.http.impl.async.HttpAsyncClients;

/**
 * Clients that know nothing of TCP Fast Open, three of them as docs/channels.md has them; each
 * fetch is a client and a connection of its own.
 */
enum NioClient {
  HTTP_CLIENT {
    @Override
    String fetch(InetSocketAddress server, SSLContext tls) throws Exception {
      return ProviderSnippets.httpClient(uri("http", server), tls);
    }
  },

  HTTP_CLIENT_OVER_TLS {
    @Override
    String fetch(InetSocketAddress server, SSLContext tls) throws Exception {
      return ProviderSnippets.httpClient(uri("https", server), tls);
    }

    @Override
    boolean isOverTls() {
      return true;
    }
  },

  HTTP_CLIENT_ASYNC {
    @Override
    String fetch(InetSocketAddress server, SSLContext tls) throws Exception {
      return HttpClient.newBuilder()
          .connectTimeout(Duration.ofSeconds(WITHIN_SECONDS))
          .build()
          .sendAsync(
              HttpRequest.newBuilder(uri("http", server)).build(),
              HttpResponse.BodyHandlers.ofString())
          .get(WITHIN_SECONDS, TimeUnit.SECONDS)
          .body();
    }
  },

  NETTY {
    @Override
    String fetch(InetSocketAddress server, SSLContext tls) throws Exception {
      EventLoopGroup loops = ProviderSnippets.nettyLoops();
      try {
        Whole whole = new Whole();
        ProviderSnippets.netty(
            loops,
            whole,
            server,
            Unpooled.copiedBuffer(
                "GET / HTTP/1.1\r\nHost: lab\r\n\r\n", StandardCharsets.US_ASCII));
        String answer = whole.text.get(WITHIN_SECONDS, TimeUnit.SECONDS);
        return answer.substring(answer.indexOf("\r\n\r\n") + 4);
      } finally {
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
      }
    }
  },

  /** Ignores what {@code connect} returns, and waits for {@code OP_CONNECT}. */
  HTTP_ASYNC_CLIENT_5 {
    @Override
    String fetch(InetSocketAddress server, SSLContext tls) throws Exception {
      try (CloseableHttpAsyncClient client = HttpAsyncClients.createDefault()) {
        client.start();
        return client
            .execute(SimpleRequestBuilder.get(uri("http", server)).build(), null)
            .get(WITHIN_SECONDS, TimeUnit.SECONDS)
            .getBodyText();
      }
    }
  },

  JETTY {
    @Override
    String fetch(InetSocketAddress server, SSLContext tls) throws Exception {
      return ProviderSnippets.jetty(uri("http", server));
    }
  };

  private static final int WITHIN_SECONDS = 20;

  /** Fetches the answer, on the thread of the host on which the client is to be. */
  abstract String fetch(InetSocketAddress server, SSLContext tls) throws Exception;

  boolean isOverTls() {
    return false;
  }

  /** Says whether these bytes are the first that this client sends. */
  boolean beginsWith(byte[] bytes) {
    return isOverTls()
        ? TestKeys.isClientHello(bytes)
        : new String(bytes, StandardCharsets.US_ASCII).startsWith("GET / HTTP");
  }

  private static URI uri(String scheme, InetSocketAddress server) {
    return URI.create(
        scheme + "://" + server.getAddress().getHostAddress() + ":" + server.getPort() + "/");
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
