package io.tfo.integration.docs;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.client.ContentResponse;

/**
 * The documented examples of the selector provider, as the tests run them. See {@link
 * SnippetsTest}.
 */
public final class ProviderSnippets {
  private ProviderSnippets() {}

  /** The JDK's own client. */
  public static String httpClient(URI uri, SSLContext tls) throws Exception {
    // snippet
    HttpClient client = HttpClient.newBuilder().sslContext(tls).build();
    HttpRequest request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(20)).build();
    HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
    // end
    return response.body();
  }

  /** Netty's event loops over NIO. */
  public static EventLoopGroup nettyLoops() {
    return new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  }

  /** Netty over NIO. */
  public static Channel netty(
      EventLoopGroup loops, ChannelHandler handler, InetSocketAddress server, ByteBuf request)
      throws Exception {
    // snippet
    Channel channel =
        new Bootstrap()
            .group(loops) // new MultiThreadIoEventLoopGroup(NioIoHandler.newFactory())
            .channel(NioSocketChannel.class)
            .handler(handler)
            .connect(server)
            .sync()
            .channel();
    channel.writeAndFlush(request);
    // end
    return channel;
  }

  /** Jetty's client. */
  public static String jetty(URI uri) throws Exception {
    // snippet
    var client = new org.eclipse.jetty.client.HttpClient();
    client.start();
    ContentResponse response = client.GET(uri);
    // end
    client.stop();
    return response.getContentAsString();
  }
}
