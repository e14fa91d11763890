package io.tfo.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Sends many bytes with the plain JDK, and compares the echo with them. */
final class Transfer {
  private static final long SEED = 7413;

  private Transfer() {}

  static void check(Lab lab, LabEchoServer server, int length) throws Exception {
    byte[] data = new byte[length];
    new Random(SEED).nextBytes(data);
    try (SocketChannel channel = lab.client().call(SocketChannel::open)) {
      channel.connect(server.address());
      Future<byte[]> echo =
          lab.client()
              .start(
                  () -> {
                    ByteBuffer received = ByteBuffer.allocate(length);
                    while (received.hasRemaining() && channel.read(received) >= 0) {
                      Thread.onSpinWait();
                    }
                    return received.array();
                  });
      ByteBuffer sent = ByteBuffer.wrap(data);
      while (sent.hasRemaining()) {
        channel.write(sent);
      }
      assertThat(echo.get(60, TimeUnit.SECONDS)).isEqualTo(data);
    }
  }
}
