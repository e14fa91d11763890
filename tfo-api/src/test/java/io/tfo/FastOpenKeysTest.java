package io.tfo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FastOpenKeysTest {
  private static final String SYSCTL = "03020100-07060504-0b0a0908-0f0e0d0c";
  private static final String OTHER = "ffffffff-00000000-89abcdef-00000001";

  private static byte[] counting(int first) {
    byte[] key = new byte[FastOpenKeys.KEY_BYTES];
    for (int i = 0; i < key.length; i++) {
      key[i] = (byte) (first + i);
    }
    return key;
  }

  private static byte[] bytes(FastOpenKeys keys) {
    ByteBuffer target = ByteBuffer.allocate(keys.length());
    keys.copyTo(target);
    return target.array();
  }

  @Test
  void copyTheBytesThatTheyAreMadeOf() {
    byte[] primary = counting(0);
    byte[] backup = counting(16);
    FastOpenKeys keys = FastOpenKeys.of(primary, backup);
    Arrays.fill(primary, (byte) 0);
    Arrays.fill(backup, (byte) 0);

    byte[] both = Arrays.copyOf(counting(0), 32);
    System.arraycopy(counting(16), 0, both, 16, 16);
    assertThat(bytes(keys)).isEqualTo(both);
    assertThat(keys.hasBackup()).isTrue();
    assertThat(FastOpenKeys.of(counting(5)).hasBackup()).isFalse();
  }

  @Test
  void haveTheByteOrderThatTheSysctlPrints() {
    assertThat(bytes(FastOpenKeys.parse(SYSCTL))).isEqualTo(counting(0));
    assertThat(FastOpenKeys.of(counting(0)).toSysctl()).isEqualTo(SYSCTL);
    assertThat(FastOpenKeys.parse(" " + SYSCTL + ", " + OTHER + "\n").toSysctl())
        .isEqualTo(SYSCTL + "," + OTHER);
    assertThat(FastOpenKeys.parse(OTHER.toUpperCase(java.util.Locale.ROOT)).toSysctl())
        .isEqualTo(OTHER);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ",",
        "5ec7e700",
        "5ec7e700-5ec7e700-5ec7e700",
        "5ec7e700-5ec7e700-5ec7e700-5ec7e70",
        "5ec7e700-5ec7e700-5ec7e700-5ec7e7000",
        "5ec7e700-5ec7e700-5ec7e700-5ec7e70g",
        "5ec7e700-5ec7e700-5ec7e700-5ec7e700,",
        "5ec7e700-5ec7e700-5ec7e700-5ec7e700,5ec7e700",
        "5ec7e7005ec7e7005ec7e7005ec7e700",
        "5ec7e700-5ec7e700-5ec7e700-5ec7e700,5ec7e700-5ec7e700-5ec7e700-5ec7e700,"
            + "5ec7e700-5ec7e700-5ec7e700-5ec7e700"
      })
  void refuseAMalformedTextWithoutTellingIt(String text) {
    assertThatThrownBy(() -> FastOpenKeys.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("key")
        .hasMessageNotContaining("5ec7e7")
        .hasNoCause();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", SYSCTL + ","})
  void refuseTheZeroThatSysctlPrintsWhereTheKernelHasNoKey(String before) {
    assertThatThrownBy(() -> FastOpenKeys.parse(before + "00000000-00000000-00000000-00000000"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("key is zero");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 15, 17, 32})
  void refuseAKeyOfAnotherLength(int length) {
    assertThatThrownBy(() -> FastOpenKeys.of(new byte[length]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the primary key has " + length + " bytes, not 16");
    assertThatThrownBy(() -> FastOpenKeys.of(counting(0), new byte[length]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the backup key has " + length + " bytes, not 16");
  }

  @Test
  void areNotPrinted() {
    assertThat(FastOpenKeys.parse(SYSCTL)).hasToString("FastOpenKeys[primary]");
    assertThat(FastOpenKeys.parse(SYSCTL + "," + OTHER))
        .hasToString("FastOpenKeys[primary, backup]");
  }

  @Test
  void areGoneOnceClosed() {
    FastOpenKeys keys = FastOpenKeys.parse(SYSCTL);
    FastOpenKeys copy = keys.copy();
    keys.close();
    keys.close();

    assertThatThrownBy(() -> keys.copyTo(ByteBuffer.allocate(16)))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(keys::toSysctl).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(keys::copy).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> copy.isSameAs(keys)).isInstanceOf(IllegalStateException.class);
    assertThat(copy.toSysctl()).isEqualTo(SYSCTL);
  }

  @Test
  void areComparedByTheirBytes() {
    FastOpenKeys keys = FastOpenKeys.parse(SYSCTL);
    assertThat(keys.isSameAs(FastOpenKeys.of(counting(0)))).isTrue();
    assertThat(keys.isSameAs(FastOpenKeys.parse(OTHER))).isFalse();
    assertThat(keys.isSameAs(FastOpenKeys.of(counting(0), counting(0)))).isFalse();
  }

  @Test
  void areFixedAsASource() {
    FastOpenKeys keys = FastOpenKeys.parse(SYSCTL);
    try (FastOpenKeys now = keys.keysAt(Instant.EPOCH)) {
      assertThat(now.isSameAs(keys)).isTrue();
    }
    assertThat(keys.toSysctl()).isEqualTo(SYSCTL);
  }

  @Test
  void needRoomForAllBytes() {
    assertThatThrownBy(() -> FastOpenKeys.parse(SYSCTL).copyTo(ByteBuffer.allocate(15)))
        .isInstanceOf(BufferOverflowException.class);
  }

  @Test
  void areDerivedAsTheirScheduleSays() {
    byte[] secret = {1, 2, 3};
    Instant time = Instant.ofEpochSecond(1_764_151_200);
    try (FastOpenKeySchedule schedule = FastOpenKeySchedule.of(secret, Duration.ofHours(1))) {
      assertThat(
              FastOpenKeys.derived(secret, Duration.ofHours(1), time)
                  .isSameAs(schedule.keysAt(time)))
          .isTrue();
    }
  }
}
