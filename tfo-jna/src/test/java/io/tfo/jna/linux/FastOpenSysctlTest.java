package io.tfo.jna.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenCapability.Status;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FastOpenSysctlTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "0,    DISABLED,  DISABLED,  off,               3",
    "1,    AVAILABLE, DISABLED,  client only,       3",
    "2,    DISABLED,  AVAILABLE, server only,       3",
    "3,    AVAILABLE, AVAILABLE, client and server, 3",
    "4,    DISABLED,  DISABLED,  off,               7",
    "512,  DISABLED,  DISABLED,  off,               515",
    "1025, AVAILABLE, DISABLED,  client only,       1027",
    "1027, AVAILABLE, AVAILABLE, client and server, 1027"
  })
  void readsBothSides(String text, Status client, Status server, String sides, int remedy)
      throws Exception {
    FastOpenSysctl sysctl = sysctl(text + "\n");

    for (FastOpenCapability side : new FastOpenCapability[] {sysctl.client(), sysctl.server()}) {
      assertThat(side.detail()).isEqualTo("net.ipv4.tcp_fastopen=" + text + ": " + sides);
      if (side.status() == Status.DISABLED) {
        assertThat(side.remedy()).contains("sysctl -w net.ipv4.tcp_fastopen=" + remedy);
      } else {
        assertThat(side.remedy()).isEmpty();
      }
    }
    assertThat(sysctl.client().status()).isEqualTo(client);
    assertThat(sysctl.server().status()).isEqualTo(server);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", "on", "3 3", "99999999999", "0x"})
  void showsWhatIsNoNumber(String text) throws Exception {
    FastOpenCapability client = sysctl(text).client();

    assertThat(client.status()).isEqualTo(Status.DISABLED);
    assertThat(client.detail()).isEqualTo("net.ipv4.tcp_fastopen is not a number: " + text.strip());
    assertThat(client.remedy()).isPresent();
  }

  @Test
  void standsBytesThatAreNoText() throws Exception {
    Path file = Files.write(folder.resolve("f"), new byte[] {(byte) 0xff, (byte) 0xfe, 0});

    assertThat(new FastOpenSysctl(file).server().status()).isEqualTo(Status.DISABLED);
  }

  @Test
  void saysThatTheKernelIsTooOldWhereThereIsNoSuchSetting() {
    FastOpenCapability server = new FastOpenSysctl(folder.resolve("missing")).server();

    assertThat(server.status()).isEqualTo(Status.UNSUPPORTED);
    assertThat(server.detail()).contains("no net.ipv4.tcp_fastopen");
    assertThat(server.remedy()).hasValueSatisfying(r -> assertThat(r).contains("3.7"));
  }

  @Test
  void saysThatTheSettingCannotBeRead() {
    FastOpenCapability client = new FastOpenSysctl(folder).client();

    assertThat(client.status()).isEqualTo(Status.DISABLED);
    assertThat(client.detail()).contains("cannot be read");
    assertThat(client.remedy()).contains("let this user read " + folder);
  }

  @Test
  @EnabledOnOs({OS.LINUX, OS.MAC})
  void saysThatThisUserMayNotReadTheSetting() throws Exception {
    Path file = Files.writeString(folder.resolve("f"), "3");
    Files.setPosixFilePermissions(file, java.util.Set.of());
    assumeFalse(Files.isReadable(file), "this user reads everything");

    assertThat(new FastOpenSysctl(file).client().detail()).contains("cannot be read");
  }

  @Test
  void readsItAnewEachTime() throws Exception {
    FastOpenSysctl sysctl = sysctl("1");
    assertThat(sysctl.server().status()).isEqualTo(Status.DISABLED);

    Files.writeString(sysctl.file(), "3");

    assertThat(sysctl.server().status()).isEqualTo(Status.AVAILABLE);
  }

  @Test
  void isReadByAnInterruptedThreadToo() throws Exception {
    FastOpenSysctl sysctl = sysctl("3");
    Thread.currentThread().interrupt();
    try {
      assertThat(sysctl.client().status()).isEqualTo(Status.AVAILABLE);
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  private FastOpenSysctl sysctl(String text) throws Exception {
    return new FastOpenSysctl(Files.writeString(folder.resolve("tcp_fastopen"), text));
  }
}
