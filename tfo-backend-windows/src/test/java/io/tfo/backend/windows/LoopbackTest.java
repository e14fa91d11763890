package io.tfo.backend.windows;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.jna.SocketAddressLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoopbackTest {
  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, false, true",
    "127.9.9.9, false, true",
    "126.0.0.1, false, false",
    "128.0.0.1, true, false",
    "127.0.0.1, true, true",
    "::1, true, true",
    "::2, true, false",
    "100::1, true, false",
    "::7f00:1, true, false",
    "2001:db8::1, true, false"
  })
  void knowsTheAddressesOfThisMachine(String host, boolean ipv6Socket, boolean loopback)
      throws Exception {
    ByteBuffer address =
        ByteBuffer.allocateDirect(SocketAddressLayout.MAX_LENGTH).order(ByteOrder.nativeOrder());
    int length =
        SocketAddressLayout.WINDOWS.write(
            new InetSocketAddress(InetAddress.getByName(host), 9), ipv6Socket, address);

    assertThat(Loopback.isLoopback(address, length)).isEqualTo(loopback);
  }
}
