package io.tfo.integration.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenOutcome;
import io.tfo.test.OneConnectionServer;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.junit.jupiter.api.Test;

/** Runs the example of a backend on a system that it is not made for. */
class MySystemBackendTest {
  private final MySystemBackend backend = new MySystemBackend();

  @Test
  void saysWhichSystemItIsFor() {
    FastOpenCapability capability = backend.connector().capability();

    assertThat(capability.status()).isEqualTo(FastOpenCapability.Status.UNSUPPORTED);
    assertThat(capability.detail()).startsWith("works on MySystem; this is ");
    assertThat(backend.name()).isEqualTo("my-system");
  }

  @Test
  void connectsPlainlyOnThisSystem() throws Exception {
    byte[] data = OneConnectionServer.bytes(1000);
    try (OneConnectionServer server = new OneConnectionServer()) {
      try (SocketChannel channel =
          backend.connector().open(server.address(), ByteBuffer.wrap(data))) {
        assertThat(backend.connector().outcome(channel)).isEqualTo(FastOpenOutcome.NOT_ATTEMPTED);
      }
      assertThat(server.received()).isEqualTo(data);
    }
  }
}
