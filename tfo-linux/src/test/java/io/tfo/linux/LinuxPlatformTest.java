package io.tfo.linux;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LinuxPlatformTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"amd64", "aarch64", "x86", "arm", "riscv64", "ppc64le", "s390x", "loongarch64"})
  void mayWorkOnLinux(String architecture) {
    assertThat(LinuxPlatform.foreign("Linux", architecture)).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"mips64el", "mips", "sparcv9", "alpha", "parisc"})
  void doesNotWorkWhereLinuxHasOtherNumbers(String architecture) {
    assertThat(LinuxPlatform.foreign("Linux", architecture)).contains(architecture);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Mac OS X", "Windows 11", "FreeBSD", "AIX", ""})
  void doesNotWorkOnAnotherSystemAndNamesIt(String os) {
    assertThat(LinuxPlatform.foreign(os, "amd64")).isEqualTo("works on Linux; this is " + os);
  }

  @Test
  @EnabledOnOs(
      value = OS.LINUX,
      architectures = {"amd64", "aarch64"})
  void mayWorkHere() {
    assertThat(LinuxTcp.foreign()).isNull();
  }
}
