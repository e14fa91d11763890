package io.tfo.jdk;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Access to the memory address of the JDK's direct buffers. */
public final class JdkBuffers {
  /** A constant, so the JIT compiler sees a constant handle. Null where this JDK denies access. */
  private static final @Nullable VarHandle ADDRESS = find();

  private JdkBuffers() {}

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

  /** The address of the first byte of a direct buffer, whatever its position is. */
  public static long address(ByteBuffer buffer) {
    VarHandle address = ADDRESS;
    return address == null ? byJna(buffer) : (long) address.get((Buffer) buffer);
  }

  private static long byJna(ByteBuffer buffer) {
    return Pointer.nativeValue(Native.getDirectBufferPointer(buffer));
  }
}
