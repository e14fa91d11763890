package io.tfo.integration.programs;

import static java.util.concurrent.TimeUnit.SECONDS;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.stub.ClientCalls;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.resource.ClientResources;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.tfo.integration.docs.NettySnippets;
import io.tfo.integration.socket.SocketLab;
import io.tfo.integration.socket.TestKeys;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import java.net.InetSocketAddress;
import java.time.Duration;
import reactor.netty.resources.LoopResources;

/** A program over Netty's epoll transport, as docs/netty.md has it connect. */
enum EpollProgram {
  REACTOR_NETTY(Program.HTTP_CLIENT) {
    @Override
    String run(InetSocketAddress server) {
      LoopResources loops = LoopResources.create("lab", 1, true);
      try {
        return NettySnippets.reactorNetty(
                reactor.netty.http.client.HttpClient.newConnection().runOn(loops))
            .get()
            .uri("http://%s:%d/".formatted(server.getHostString(), server.getPort()))
            .responseContent()
            .aggregate()
            .asString()
            .block(PATIENT);
      } finally {
        loops.disposeLater(Duration.ZERO, PATIENT).block();
      }
    }
  },

  GRPC(Program.GRPC) {
    @Override
    String run(InetSocketAddress server) throws Exception {
      EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
      ManagedChannel channel = NettySnippets.grpc(server, loops).usePlaintext().build();
      try {
        return ClientCalls.blockingUnaryCall(
            channel,
            GrpcGreeting.METHOD,
            CallOptions.DEFAULT.withDeadlineAfter(PATIENT.toSeconds(), SECONDS),
            ProgramRun.NAME);
      } finally {
        channel.shutdownNow();
        channel.awaitTermination(10, SECONDS); // the loop may else end without closing it
        loops.shutdownGracefully(0, 1, SECONDS).await();
      }
    }
  },

  LETTUCE(Program.LETTUCE) {
    @Override
    String run(InetSocketAddress server) throws Exception {
      ClientResources resources = NettySnippets.lettuce();
      RedisClient client =
          RedisClient.create(resources, RedisURI.create(server.getHostString(), server.getPort()));
      try (StatefulRedisConnection<String, String> connection = client.connect()) {
        return connection.sync().ping();
      } finally {
        client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
        resources.shutdown(0, 2, SECONDS).await();
      }
    }
  },

  VERTX(Program.VERTX) {
    @Override
    String run(InetSocketAddress server) throws Exception {
      Vertx vertx =
          NettySnippets.vertx(
              new VertxOptions()
                  .setEventLoopPoolSize(1)
                  .setFileSystemOptions(
                      new FileSystemOptions()
                          .setFileCachingEnabled(false)
                          .setClassPathResolvingEnabled(false)));
      HttpClient client = vertx.createHttpClient();
      try {
        return client
            .request(HttpMethod.GET, server.getPort(), server.getHostString(), "/")
            .compose(HttpClientRequest::send)
            .compose(HttpClientResponse::body)
            .toCompletionStage()
            .toCompletableFuture()
            .get(PATIENT.toSeconds(), SECONDS)
            .toString();
      } finally {
        client.close();
        vertx.close().await();
      }
    }
  };

  private static final Duration PATIENT = Duration.ofSeconds(20);

  private final Program program;

  /** Names a program that has the server, and the first bytes, of another. */
  EpollProgram(Program program) {
    this.program = program;
  }

  InetSocketAddress serve(SocketLab hosts, int port) throws Exception {
    return program.serve(hosts, port, TestKeys.of(hosts.lab().server().ipv4()).sslContext());
  }

  boolean isFirst(byte[] bytes) {
    return program.isFirst(bytes);
  }

  /** Makes a new client and one exchange; returns what the server said. */
  abstract String run(InetSocketAddress server) throws Exception;
}
