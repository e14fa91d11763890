package io.tfo.jna.bsd;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** A sysctl whose value is one int. Each call reads it again. */
public final class IntSysctl {
  /** {@code sysctlbyname(3)}, without a new value. */
  @FunctionalInterface
  public interface Call {
    /**
     * {@code sysctlbyname(name, value, length, NULL, 0)}.
     *
     * @param name the name, terminated by a zero byte
     * @param value receives the value
     * @param length a {@code size_t}, in and out
     * @return 0, or the negative errno
     */
    int sysctlbyname(ByteBuffer name, ByteBuffer value, ByteBuffer length);
  }

  private final String name;
  private final Call call;
  private final ByteBuffer cName;
  private final ByteBuffer value =
      ByteBuffer.allocateDirect(Integer.BYTES).order(ByteOrder.nativeOrder());

  /**
   * A {@code size_t}. If that has 32 bits, these systems are little-endian: the first half is read.
   */
  private final ByteBuffer length =
      ByteBuffer.allocateDirect(Long.BYTES).order(ByteOrder.nativeOrder());

  /**
   * Creates a sysctl; reads nothing.
   *
   * @param name its name
   * @param call the system call
   */
  public IntSysctl(String name, Call call) {
    this.name = name;
    this.call = call;
    byte[] ascii = name.getBytes(StandardCharsets.US_ASCII);
    this.cName = ByteBuffer.allocateDirect(ascii.length + 1).put(ascii).rewind();
  }

  /**
   * Reads the value.
   *
   * @return the value, which is not negative, or the negative errno
   */
  public synchronized int read() {
    length.putLong(0, value.capacity());
    int result = call.sysctlbyname(cName, value, length);
    return result < 0 ? result : value.getInt(0);
  }

  /** The name. */
  @Override
  public String toString() {
    return name;
  }
}
