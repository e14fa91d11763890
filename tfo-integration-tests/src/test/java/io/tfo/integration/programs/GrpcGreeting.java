package io.tfo.integration.programs;

import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.tfo.integration.socket.SocketLab;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/** A service of gRPC's own server over Netty's NIO transport; it returns what it is told. */
final class GrpcGreeting {
  static final MethodDescriptor<String, String> METHOD =
      MethodDescriptor.newBuilder(Text.INSTANCE, Text.INSTANCE)
          .setType(MethodDescriptor.MethodType.UNARY)
          .setFullMethodName("test/Greet")
          .build();

  private GrpcGreeting() {}

  static InetSocketAddress start(SocketLab hosts, int port) throws Exception {
    InetSocketAddress address = new InetSocketAddress(hosts.lab().server().ipv4(), port);
    EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    Server server =
        hosts
            .lab()
            .server()
            .call(
                () ->
                    NettyServerBuilder.forAddress(address)
                        .channelType(NioServerSocketChannel.class)
                        .bossEventLoopGroup(loops)
                        .workerEventLoopGroup(loops)
                        .directExecutor()
                        .addService(
                            ServerServiceDefinition.builder("test")
                                .addMethod(METHOD, ServerCalls.asyncUnaryCall(GrpcGreeting::greet))
                                .build())
                        .build()
                        .start());
    hosts.closeLater(
        () -> {
          server.shutdownNow();
          loops.shutdownGracefully();
        });
    return address;
  }

  private static void greet(String name, StreamObserver<String> answer) {
    answer.onNext(name);
    answer.onCompleted();
  }

  private enum Text implements MethodDescriptor.Marshaller<String> {
    INSTANCE;

    @Override
    public InputStream stream(String value) {
      return new ByteArrayInputStream(value.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String parse(InputStream stream) {
      try {
        return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
