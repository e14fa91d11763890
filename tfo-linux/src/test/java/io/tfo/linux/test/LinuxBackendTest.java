package io.tfo.linux.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.spi.FastOpenBackend;
import io.tfo.test.BackendTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Tests that both Linux backends pass as service providers. */
public abstract class LinuxBackendTest extends BackendTest {
  private final int priority;

  /**
   * Creates the tests.
   *
   * @param type the provider
   * @param name its name
   * @param priority its place among the Linux backends
   */
  protected LinuxBackendTest(Class<? extends FastOpenBackend> type, String name, int priority) {
    super(type, name, "Linux");
    this.priority = priority;
  }

  private static FastOpenBackend backend() {
    return ServiceLoader.load(FastOpenBackend.class).findFirst().orElseThrow();
  }

  @Test
  void hasItsPlaceAmongTheLinuxBackends() {
    assertThat(backend().priority()).isEqualTo(priority);
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void tellsTheSettingOfThisMachine() throws Exception {
    String setting = Files.readAllLines(Path.of("/proc/sys/net/ipv4/tcp_fastopen")).get(0);

    assertThat(backend().connector().capability().detail())
        .startsWith("net.ipv4.tcp_fastopen=" + setting + ": ");
    assertThat(backend().listener().capability().detail())
        .startsWith("net.ipv4.tcp_fastopen=" + setting + ": ");
  }
}
