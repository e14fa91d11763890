package io.tfo.jna.bsd;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class IntSysctlTest {
  @Test
  void readsAnIntByAZeroTerminatedNameAndASizeT() {
    IntSysctl sysctl =
        new IntSysctl(
            "a.b",
            (name, value, length) -> {
              byte[] c = new byte[name.capacity()];
              name.get(0, c);
              assertThat(new String(c, StandardCharsets.US_ASCII)).isEqualTo("a.b\0");
              assertThat(name.isDirect() && value.isDirect() && length.isDirect()).isTrue();
              assertThat(length.capacity()).isEqualTo(8);
              assertThat(sizeT(length)).isEqualTo(4);
              value.putInt(0, 3);
              length.putLong(0, -1);
              return 0;
            });

    assertThat(sysctl.read()).isEqualTo(3);
    assertThat(sysctl.read()).isEqualTo(3);
    assertThat(sysctl).hasToString("a.b");
  }

  private static long sizeT(ByteBuffer length) {
    return length.duplicate().order(ByteOrder.nativeOrder()).getLong(0);
  }

  @Test
  void tellsTheErrorOfTheCall() {
    assertThat(new IntSysctl("a.b", (name, value, length) -> -2).read()).isEqualTo(-2);
  }
}
