package io.tfo.backend.linux.connect;

import io.tfo.jna.FreshBackend;
import io.tfo.lab.simulation.CallScript;
import io.tfo.linux.LinuxSocketApi;
import io.tfo.spi.FastOpenBackend;
import io.tfo.testkit.ScriptedSystem;
import io.tfo.testkit.SystemErrorTests;
import java.util.List;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
class SystemErrorsTest extends SystemErrorTests {
  SystemErrorsTest() {
    super(
        ScriptedSystem.linux(
            SystemErrorsTest::backend, List.of("setsockopt", "connect", "send", "getsockopt")));
  }

  private static FastOpenBackend backend(CallScript script) {
    LinuxSocketApi sockets = script.over(LinuxSocketApi.class, LinuxSocketApi.libc());
    return new FreshBackend(
        "linux-connect", () -> new LinuxConnectTcp(sockets, System.getProperty("os.version")));
  }
}
