package io.tfo.backend.linux.connect;

import io.tfo.linux.test.OldKernel;
import io.tfo.linux.test.OldKernelTests;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
class OldKernelTest extends OldKernelTests {
  OldKernelTest() {
    super(LinuxConnectTcp::new);
  }

  @Override
  protected boolean sends(OldKernel kernel) {
    return kernel.canDefer();
  }

  @Override
  protected boolean leavesDeferralTo(OldKernel kernel) {
    return kernel.canDefer();
  }
}
