package io.tfo.jna.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.tfo.FastOpenOutcome;
import io.tfo.spi.FastOpenBackend;
import io.tfo.test.OneConnectionServer;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Arrays;

/** Connects to a server on the loopback interface, and asserts how the connect ends. */
public final class Delivery {
  private Delivery() {}

  /**
   * Connects in blocking mode, and asserts that the data arrives.
   *
   * @param backend the backend
   * @param size how many bytes are sent
   * @return the client's outcome
   */
  public static FastOpenOutcome deliver(FastOpenBackend backend, int size) throws Exception {
    ByteBuffer data = OneConnectionServer.buffer(size);
    try (OneConnectionServer server = new OneConnectionServer();
        SocketChannel channel = backend.connector().open(server.address(), data)) {
      assertThat(data.remaining()).isZero();
      assertThat(channel.isBlocking()).isTrue();
      assertThat(channel.getRemoteAddress()).isEqualTo(server.address());
      FastOpenOutcome outcome = backend.connector().outcome(channel);
      channel.shutdownOutput();
      assertThat(Arrays.equals(server.received(), OneConnectionServer.bytes(size))).isTrue();
      return outcome;
    }
  }

  /**
   * Asserts that a connect to a refused port throws what the JDK throws, closes its channel, and
   * leaves the data where it was.
   *
   * @param backend the backend
   */
  public static void isRefused(FastOpenBackend backend) throws IOException {
    ByteBuffer data = OneConnectionServer.buffer(10).position(2);
    try (SocketChannel channel = SocketChannel.open()) {
      Throwable thrown =
          catchThrowable(
              () -> backend.connector().connect(channel, OneConnectionServer.refusing(), data));
      assertThat(thrown)
          .isExactlyInstanceOf(ConnectException.class)
          .hasMessage("Connection refused");
      assertThat(channel.isOpen()).isFalse();
      assertThat(data.position()).isEqualTo(2);
    }
  }

  /**
   * Asserts that a connect fails in one way, closes its channel, leaves the data where it was, and
   * makes no connection.
   *
   * @param backend the backend
   * @param type the class of the exception
   * @param message its message
   */
  public static void fails(
      FastOpenBackend backend, Class<? extends IOException> type, String message)
      throws IOException {
    try (ServerSocketChannel server = ServerSocketChannel.open();
        SocketChannel channel = SocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      ByteBuffer data = ByteBuffer.wrap(OneConnectionServer.bytes(100)).position(3);
      Throwable thrown =
          catchThrowable(
              () -> backend.connector().connect(channel, server.getLocalAddress(), data));
      assertThat(thrown).isExactlyInstanceOf(type).hasMessage(message);
      assertThat(channel.isOpen()).isFalse();
      assertThat(data.position()).isEqualTo(3);
      server.configureBlocking(false);
      assertThat(server.accept()).isNull();
    }
  }
}
