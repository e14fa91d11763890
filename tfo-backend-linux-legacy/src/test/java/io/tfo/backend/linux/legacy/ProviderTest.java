package io.tfo.backend.linux.legacy;

import io.tfo.linux.test.LinuxBackendTest;

class ProviderTest extends LinuxBackendTest {
  ProviderTest() {
    super(LinuxLegacyBackend.class, "linux-legacy", 200);
  }
}
