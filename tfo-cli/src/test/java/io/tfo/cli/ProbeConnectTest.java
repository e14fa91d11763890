package io.tfo.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import io.tfo.FastOpenConnector;
import io.tfo.FastOpenOutcome;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ProbeConnectTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final IOException brokenPipe = new IOException("Broken pipe");

  @Test
  void readsTheOutcomeWhereOnlyTheWriteAfterTheConnectFails() throws Exception {
    ProbeConnect connect = fast(true, brokenPipe);

    assertThat(connect.isConnected()).isTrue();
    assertThat(connect.outcome()).contains(FastOpenOutcome.SYN_DATA_ACKED);
    assertThat(connect.failure()).contains(brokenPipe);
  }

  @Test
  void takesAResetAfterTheHandshakeForAnAnswer() throws Exception {
    ProbeConnect connect = fast(false, new SocketException("Connection reset"));

    assertThat(connect.isConnected()).isFalse();
    assertThat(connect.isResetBehindHandshake()).isTrue();
    assertThat(connect.isAnswered()).isTrue();
  }

  private static ProbeConnect fast(boolean connects, IOException failure) throws Exception {
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      FastOpenConnector connector = mock(FastOpenConnector.class);
      when(connector.connect(any(), any(), any(ByteBuffer.class), any()))
          .thenAnswer(
              call -> {
                SocketChannel channel = call.getArgument(0);
                if (connects) {
                  channel.connect(server.getLocalAddress());
                }
                throw failure;
              });
      when(connector.outcome(any(SocketChannel.class))).thenReturn(FastOpenOutcome.SYN_DATA_ACKED);
      return ProbeConnect.fast(
          connector, (InetSocketAddress) server.getLocalAddress(), new byte[1], TIMEOUT);
    }
  }
}
