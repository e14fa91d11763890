package io.tfo.jdk;

import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * Duplicates descriptors by the JDK's own calls: a connection lives until its last descriptor is
 * closed. Its initialisation fails where this JDK denies access, or has changed them.
 */
public final class JdkDescriptors {
  private static final MethodHandle DUP;
  private static final MethodHandle CLOSE;

  static {
    try {
      Class<?> calls = Privileged.classForName("sun.nio.ch.InheritedChannel");
      MethodHandles.Lookup lookup = JdkChannelHandles.privateLookup(calls);
      DUP = lookup.findStatic(calls, "dup", MethodType.methodType(int.class, int.class));
      CLOSE = lookup.findStatic(calls, "close0", MethodType.methodType(void.class, int.class));
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private JdkDescriptors() {}

  /** Initialises this class. */
  static void load() {}

  /** Duplicates a descriptor. */
  public static int duplicate(int fd) throws IOException {
    try {
      return (int) DUP.invokeExact(fd);
    } catch (Throwable e) {
      throw JdkSockets.rethrown(e);
    }
  }

  /** Closes a descriptor that {@link #duplicate} has returned. */
  public static void close(int fd) throws IOException {
    try {
      CLOSE.invokeExact(fd);
    } catch (Throwable e) {
      throw JdkSockets.rethrown(e);
    }
  }
}
