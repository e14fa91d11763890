package io.tfo.test;

import java.nio.ByteBuffer;

/** A buffer whose memory is gone: its arena is closed. JDK 22 and later, by reflection. */
public final class GoneMemory {
  private GoneMemory() {}

  public static ByteBuffer buffer(long size) throws ReflectiveOperationException {
    Class<?> arenaType = Class.forName("java.lang.foreign.Arena");
    Object arena = arenaType.getMethod("ofShared").invoke(null);
    Object segment = arenaType.getMethod("allocate", long.class).invoke(arena, size);
    ByteBuffer buffer =
        (ByteBuffer)
            Class.forName("java.lang.foreign.MemorySegment")
                .getMethod("asByteBuffer")
                .invoke(segment);
    arenaType.getMethod("close").invoke(arena);
    return buffer;
  }
}
