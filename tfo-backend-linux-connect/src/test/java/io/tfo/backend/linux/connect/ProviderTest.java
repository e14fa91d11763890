package io.tfo.backend.linux.connect;

import io.tfo.jna.test.LinuxBackendTest;

class ProviderTest extends LinuxBackendTest {
  ProviderTest() {
    super(LinuxConnectBackend.class, "linux-connect", 100);
  }
}
