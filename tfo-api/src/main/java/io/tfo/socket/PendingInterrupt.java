package io.tfo.socket;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.jspecify.annotations.Nullable;

/**
 * An interrupt that came before an operation on a socket. On a platform thread an ordinary socket
 * does not mind it, but a channel would close: so it is put aside, and back when the operation is
 * over. On a virtual thread both close.
 */
final class PendingInterrupt {
  /** {@code Thread.isVirtual}, which JDK 21 brought. */
  private static final @Nullable MethodHandle IS_VIRTUAL = find();

  private PendingInterrupt() {}

  private static @Nullable MethodHandle find() {
    try {
      return MethodHandles.publicLookup()
          .findVirtual(Thread.class, "isVirtual", MethodType.methodType(boolean.class));
    } catch (ReflectiveOperationException e) {
      return null;
    }
  }

  /** Puts it aside; returns whether there was one, for {@link #putBack}. */
  static boolean putAside() {
    Thread thread = Thread.currentThread();
    return thread.isInterrupted() && !isVirtual(thread) && Thread.interrupted();
  }

  static void putBack(boolean pending) {
    if (pending) {
      Thread.currentThread().interrupt();
    }
  }

  private static boolean isVirtual(Thread thread) {
    try {
      return IS_VIRTUAL != null && (boolean) IS_VIRTUAL.invokeExact(thread);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }
}
