package io.tfo.jdk;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The address of a direct buffer's memory, for a native function that is declared with an integer
 * in the place of a pointer. JNA converts a buffer by itself, but makes several calls from C into
 * Java for each: more than the system call costs.
 *
 * <p>The caller keeps the buffer reachable until the native call has returned, by {@link
 * java.lang.ref.Reference#reachabilityFence}.
 */
public final class BufferAddress {
  /** A constant, so the JIT compiler sees a constant handle. Null where this JDK denies access. */
  private static final @Nullable VarHandle ADDRESS = find();

  private BufferAddress() {}

  @SuppressWarnings("JavaLangInvokeHandleSignature")
  private static @Nullable VarHandle find() {
    try {
      MethodHandles.Lookup buffers = TrustedLookup.read().in(Buffer.class);
      VarHandle address = buffers.findVarHandle(Buffer.class, "address", long.class);
      ByteBuffer sample = ByteBuffer.allocateDirect(1);
      if ((long) address.get((Buffer) sample) != byJna(sample)) {
        throw new IOException("Buffer.address is not the address");
      }
      return address;
    } catch (Throwable e) {
      // JNA throws a bare Error for a native library of another version, and an Error here would
      // break this class, and with it every call.
      return null;
    }
  }

  /**
   * Returns the address of the buffer's first byte, whatever its position is.
   *
   * @param buffer a direct buffer
   * @return the address
   */
  public static long of(ByteBuffer buffer) {
    VarHandle address = ADDRESS;
    return address == null ? byJna(buffer) : (long) address.get((Buffer) buffer);
  }

  private static long byJna(ByteBuffer buffer) {
    return Pointer.nativeValue(Native.getDirectBufferPointer(buffer));
  }
}
