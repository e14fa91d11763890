package io.tfo.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IntSettingTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({"0, 0", "3, 3", "1027, 1027", "-1, -1", "0x403, 1027", "-2147483648, -2147483648"})
  void readsAnInteger(String text, int value) throws Exception {
    assertThat(setting(text + "\n").value()).hasValue(value);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", "on", "3 3", "99999999999", "0x"})
  void isEmptyWhereTheFileHasNoInteger(String text) throws Exception {
    assertThat(setting(text).value()).isEmpty();
  }

  @Test
  void isEmptyWhereTheFileIsNoText() throws Exception {
    Path file = Files.write(folder.resolve("f"), new byte[] {(byte) 0xff, (byte) 0xfe, 0});

    assertThat(new IntSetting("f", file).value()).isEmpty();
  }

  @Test
  void isEmptyWhereThereIsNoSuchFile() {
    assertThat(new IntSetting("f", folder.resolve("missing")).value()).isEmpty();
    assertThat(new IntSetting("f", folder).value()).isEmpty();
  }

  @Test
  @EnabledOnOs({OS.LINUX, OS.MAC})
  void isEmptyWhereThisUserMayNotReadIt() throws Exception {
    IntSetting setting = setting("3");
    Files.setPosixFilePermissions(setting.file(), Set.of());
    assumeFalse(Files.isReadable(setting.file()), "this user reads everything");

    assertThat(setting.value()).isEmpty();
  }

  @Test
  void readsItAnewEachTime() throws Exception {
    IntSetting setting = setting("1");
    assertThat(setting.value()).hasValue(1);

    Files.writeString(setting.file(), "3");

    assertThat(setting.value()).hasValue(3);
  }

  @Test
  void isReadByAnInterruptedThreadToo() throws Exception {
    IntSetting setting = setting("3");
    Thread.currentThread().interrupt();
    try {
      assertThat(setting.value()).hasValue(3);
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void findsItsFileByItsName() {
    assertThat(IntSetting.of("net.ipv4.tcp_fastopen").file())
        .isEqualTo(Path.of("/proc/sys/net/ipv4/tcp_fastopen"));
  }

  private IntSetting setting(String text) throws Exception {
    return new IntSetting("f", Files.writeString(folder.resolve("f"), text));
  }
}
