package io.tfo.backend.windows;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.test.BackendTest;
import org.junit.jupiter.api.Test;

class ProviderTest extends BackendTest {
  ProviderTest() {
    super(WindowsBackend.class, "windows", "Windows");
  }

  @Test
  void tellsThatNonBlockingConnectsArePlain() {
    assertThat(new WindowsBackend().plainWhenNonBlocking()).isPresent();
  }

  @Test
  void tellsWindowsFromOtherSystemsByItsName() {
    assertThat(WindowsBackend.foreign("Windows 11")).isNull();
    assertThat(WindowsBackend.foreign("Windows Server 2025")).isNull();
    assertThat(WindowsBackend.foreign("Linux")).isEqualTo("works on Windows; this is Linux");
  }
}
