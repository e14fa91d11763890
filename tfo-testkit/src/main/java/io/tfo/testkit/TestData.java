package io.tfo.testkit;

import java.util.Random;

/** Data to send. It depends only on its length, so that both ends can make it. */
public final class TestData {
  private TestData() {}

  /**
   * Makes data that differs from that of every other length.
   *
   * @param length how many bytes
   * @return new bytes, the same at each call
   */
  public static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }
}
