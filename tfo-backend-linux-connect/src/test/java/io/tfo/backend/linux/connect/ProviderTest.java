package io.tfo.backend.linux.connect;

import io.tfo.linux.test.LinuxBackendTest;

class ProviderTest extends LinuxBackendTest {
  ProviderTest() {
    super(LinuxConnectBackend.class, "linux-connect", 100);
  }
}
