package io.tfo.integration.peers;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.DuplexChannel;
import io.tfo.FastOpenConnector;
import io.tfo.socket.FastOpenSocketFactory;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * The peers in Java: reads lines "MODE HOST:PORT TIMEOUT_MILLIS", and prints for each "PHASE MICROS
 * MESSAGE", as the programs below src/test/peers do.
 */
final class PeerClient {
  private static final byte[] REQUEST =
      "GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private PeerClient() {}

  /** Takes the name of a {@link Way}. */
  public static void main(String[] args) throws Exception {
    Way way = Way.valueOf(args[0]);
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String[] words = line.split(" ");
      String[] address = words[1].split(":");
      Exchange exchange =
          new Exchange(
              words[0],
              new InetSocketAddress(address[0], Integer.parseInt(address[1])),
              Integer.parseInt(words[2]));
      long start = System.nanoTime();
      String message = "-";
      try {
        way.run(exchange);
        exchange.phase = "ok";
      } catch (Exception e) {
        Throwable cause = e instanceof ExecutionException ? e.getCause() : e;
        message = cause.toString().replace('\n', ' ');
      }
      System.out.println(exchange.phase + " " + (System.nanoTime() - start) / 1000 + " " + message);
    }
    System.exit(0); // Netty's threads go on
  }

  /** One connection, with the phase that it has reached. */
  static final class Exchange {
    final String mode;
    final InetSocketAddress server;
    final int timeout;
    volatile String phase = "connect";

    Exchange(String mode, InetSocketAddress server, int timeout) {
      this.mode = mode;
      this.server = server;
      this.timeout = timeout;
    }

    boolean writes() {
      return !mode.equals("read");
    }

    boolean halfCloses() {
      return mode.equals("half-close");
    }

    void over(Socket socket) throws IOException {
      socket.connect(server, timeout);
      if (writes()) {
        phase = "write";
        socket.getOutputStream().write(REQUEST);
      }
      finish(socket);
    }

    void finish(Socket socket) throws IOException {
      if (halfCloses()) {
        phase = "shutdown";
        socket.shutdownOutput();
      }
      phase = "read";
      InputStream in = socket.getInputStream();
      if (in.read() < 0) {
        throw new EOFException("end of stream");
      }
    }
  }

  /** A way to connect. */
  enum Way {
    JDK {
      @Override
      void run(Exchange exchange) throws IOException {
        try (Socket socket = new Socket()) {
          exchange.over(socket);
        }
      }
    },

    SOCKETS {
      @Override
      void run(Exchange exchange) throws IOException {
        try (Socket socket = Factory.SOCKETS.createSocket()) {
          exchange.over(socket);
        }
      }
    },

    CONNECTOR {
      @Override
      void run(Exchange exchange) throws IOException {
        ByteBuffer data = exchange.writes() ? ByteBuffer.wrap(REQUEST) : ByteBuffer.allocate(0);
        try (SocketChannel channel = SocketChannel.open()) {
          FastOpenConnector.system()
              .connect(channel, exchange.server, data, Duration.ofMillis(exchange.timeout));
          exchange.finish(channel.socket());
        }
      }
    },

    NETTY {
      @Override
      void run(Exchange exchange) throws Exception {
        NettyExchange.run(exchange);
      }
    };

    abstract void run(Exchange exchange) throws Exception;
  }

  /** Loaded only by the ways that use it. */
  private static final class Factory {
    static final FastOpenSocketFactory SOCKETS = FastOpenSocketFactory.system();
  }

  /** Netty's epoll transport: what is written before the connect can travel in the SYN. */
  @SuppressWarnings("FutureReturnValueIgnored")
  private static final class NettyExchange extends ChannelInboundHandlerAdapter {
    private static final EventLoopGroup GROUP =
        new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());

    private final CompletableFuture<Void> replied = new CompletableFuture<>();

    static void run(Exchange exchange) throws Exception {
      NettyExchange handler = new NettyExchange();
      Bootstrap bootstrap =
          new Bootstrap()
              .group(GROUP)
              .channel(EpollSocketChannel.class)
              .option(ChannelOption.TCP_FASTOPEN_CONNECT, true)
              .handler(handler);
      if (exchange.timeout > 0) {
        bootstrap.option(ChannelOption.CONNECT_TIMEOUT_MILLIS, exchange.timeout);
      }
      Channel channel = bootstrap.register().sync().channel();
      try {
        ChannelFuture written =
            exchange.writes() ? channel.write(Unpooled.wrappedBuffer(REQUEST)) : null;
        channel.connect(exchange.server).sync();
        if (written != null) {
          exchange.phase = "write";
          channel.flush();
          written.sync();
        }
        if (exchange.halfCloses()) {
          exchange.phase = "shutdown";
          ((DuplexChannel) channel).shutdownOutput().sync();
        }
        exchange.phase = "read";
        handler.replied.get();
      } finally {
        channel.close().sync();
      }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      io.netty.util.ReferenceCountUtil.release(message);
      replied.complete(null);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      replied.completeExceptionally(new EOFException("end of stream"));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      replied.completeExceptionally(cause);
    }
  }
}
