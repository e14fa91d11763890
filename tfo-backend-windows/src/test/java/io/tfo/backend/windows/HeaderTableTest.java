package io.tfo.backend.windows;

import io.tfo.jna.SocketAddressLayout;
import io.tfo.jna.test.HeaderTableTests;
import java.util.List;
import java.util.Set;

class HeaderTableTest extends HeaderTableTests {
  HeaderTableTest() {
    super(
        "windows",
        SocketAddressLayout.WINDOWS,
        List.of(WindowsSocketApi.class, Wsa.class),
        WsaError.class,
        Set.of("UNKNOWN"));
  }
}
