package io.tfo.jna.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.tfo.FastOpenOutcome;
import io.tfo.spi.FastOpenBackend;
import io.tfo.test.OneConnectionServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** One connect to a server on loopback, and what became of its data. */
public final class Delivery {
  private Delivery() {}

  /**
   * Connects in blocking mode, and asserts that the data arrives once.
   *
   * @param size how many bytes are sent
   * @return the client's outcome
   */
  public static FastOpenOutcome deliver(FastOpenBackend backend, int size) throws IOException {
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      FastOpenOutcome outcome;
      ByteBuffer data = ByteBuffer.wrap(OneConnectionServer.bytes(size));
      try (SocketChannel channel = backend.connector().open(server.getLocalAddress(), data)) {
        assertThat(data.remaining()).isZero();
        assertThat(channel.isBlocking()).isTrue();
        outcome = backend.connector().outcome(channel);
        channel.shutdownOutput();
        ByteBuffer got = ByteBuffer.allocate(size + 100);
        try (SocketChannel accepted = server.accept()) {
          while (accepted.read(got) >= 0) {}
        }
        assertThat(got.flip()).isEqualTo(ByteBuffer.wrap(OneConnectionServer.bytes(size)));
      }
      return outcome;
    }
  }

  /**
   * Asserts that a connect fails in one way, closes its channel, leaves the data where it was, and
   * brings no connection about.
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
