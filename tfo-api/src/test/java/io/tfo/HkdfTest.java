package io.tfo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class HkdfTest {
  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text);
  }

  /** The RFC's output is longer: the test compares its first block. */
  @Test
  void givesWhatTheFirstTestCaseOfRfc5869Gives() {
    byte[] key = Hkdf.extract(hex("000102030405060708090a0b0c"), hex("0b".repeat(22)));

    assertThat(key)
        .isEqualTo(hex("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5"));
    assertThat(Hkdf.expand(key, hex("f0f1f2f3f4f5f6f7f8f9"), Hkdf.HASH_BYTES))
        .isEqualTo(hex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"));
  }
}
