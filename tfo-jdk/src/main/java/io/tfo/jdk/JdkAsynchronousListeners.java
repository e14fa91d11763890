package io.tfo.jdk;

import java.io.FileDescriptor;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import org.jspecify.annotations.Nullable;

/** Access to the descriptors of the JDK's asynchronous listeners, whose class all systems share. */
public final class JdkAsynchronousListeners {
  /** Null where this JDK denies access, or its class has changed. */
  public static final @Nullable JdkAsynchronousListeners ACCESS = find();

  private final Class<?> type;
  private final VarHandle file;
  private final VarHandle descriptor;
  private final VarHandle closeLock;

  private JdkAsynchronousListeners() throws ReflectiveOperationException {
    type = Privileged.classForName("sun.nio.ch.AsynchronousServerSocketChannelImpl");
    MethodHandles.Lookup trusted = TrustedLookup.read();
    MethodHandles.Lookup channels = trusted.in(type);
    file = channels.findVarHandle(type, "fd", FileDescriptor.class);
    closeLock = channels.findVarHandle(type, "closeLock", ReadWriteLock.class);
    descriptor =
        trusted.in(FileDescriptor.class).findVarHandle(FileDescriptor.class, "fd", int.class);
  }

  private static @Nullable JdkAsynchronousListeners find() {
    try {
      return new JdkAsynchronousListeners();
    } catch (Throwable e) {
      // JNA throws a bare Error for a native library of another version.
      ProgramLog.log(
          System.Logger.Level.WARNING, "asynchronous listeners do not use TCP Fast Open: " + e);
      return null;
    }
  }

  public boolean isJdk(AsynchronousServerSocketChannel channel) {
    return type.isInstance(channel);
  }

  /**
   * Calls a function with the descriptor, which no other thread closes meanwhile.
   *
   * @param otherwise what to return where the channel is closed
   */
  public <T> T withDescriptor(
      AsynchronousServerSocketChannel channel, JdkSockets.OnDescriptor<T> call, T otherwise)
      throws IOException {
    Lock open = ((ReadWriteLock) closeLock.get(channel)).readLock();
    open.lock();
    try {
      return channel.isOpen()
          ? call.apply((int) descriptor.get((FileDescriptor) file.get(channel)))
          : otherwise;
    } finally {
      open.unlock();
    }
  }
}
