package io.tfo.jna;

import io.tfo.jdk.JdkBuffers;
import java.nio.ByteBuffer;

/**
 * The address of a direct buffer's memory, for a native function whose pointer parameter is
 * declared as an integer. JNA converts a buffer by itself, but makes several calls from C into Java
 * for each: they cost more than a short system call.
 */
public final class BufferAddress {
  private BufferAddress() {}

  /**
   * Returns the address of a buffer's first byte, whatever its position is. The caller keeps the
   * buffer reachable until the native call has returned, by {@link
   * java.lang.ref.Reference#reachabilityFence}.
   *
   * @param buffer a direct buffer
   * @return the address
   */
  public static long of(ByteBuffer buffer) {
    return JdkBuffers.address(buffer);
  }
}
