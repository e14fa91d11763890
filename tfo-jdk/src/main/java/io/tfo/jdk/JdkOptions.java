package io.tfo.jdk;

import java.io.FileDescriptor;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Sets and reads socket options of one C int by the JDK's own native methods, at a third of the
 * cost of a call by JNA. If this JDK denies access, or an option cannot be set or read, the caller
 * makes the call by JNA, and gets the error.
 */
public final class JdkOptions {
  /** The result of {@link #get} if there is no value; it is outside the range of a C int. */
  public static final long NONE = Long.MIN_VALUE;

  private static final boolean IS_AVAILABLE = isAvailable();

  /**
   * The {@code FileDescriptor} objects for the JDK's methods, by descriptor number. None is ever
   * changed: under ZGC, JNI's fast access to a field can return an earlier value. None owns its
   * descriptor.
   */
  private static final AtomicReferenceArray<@Nullable FileDescriptor> BY_NUMBER =
      new AtomicReferenceArray<>(4096);

  /** Its initialisation fails where this JDK denies access, or has changed these members. */
  private static final class Handles {
    static final VarHandle DESCRIPTOR;
    static final MethodHandle GET;
    static final MethodHandle SET;

    static {
      try {
        Class<?> net = Privileged.classForName("sun.nio.ch.Net");
        Class<FileDescriptor> file = FileDescriptor.class;
        MethodHandles.Lookup trusted = TrustedLookup.read();
        MethodHandles.Lookup nets = trusted.in(net);
        MethodType get =
            MethodType.methodType(int.class, file, boolean.class, int.class, int.class);
        MethodType set =
            get.appendParameterTypes(int.class, boolean.class).changeReturnType(void.class);
        DESCRIPTOR = trusted.in(file).findVarHandle(file, "fd", int.class);
        GET = nets.findStatic(net, "getIntOption0", get);
        SET = nets.findStatic(net, "setIntOption0", set);
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }

    private Handles() {}

    static boolean load() {
      return true;
    }
  }

  private JdkOptions() {}

  private static boolean isAvailable() {
    try {
      return Handles.load();
    } catch (Throwable e) {
      // JNA throws a bare Error for a native library of another version, and an Error here would
      // break this class, and with it every call.
      return false;
    }
  }

  /**
   * Sets an option.
   *
   * @param fd the socket, which is not closed meanwhile
   * @return whether it is set
   */
  public static boolean set(int fd, int level, int name, int value) {
    if (!IS_AVAILABLE) {
      return false;
    }
    FileDescriptor file = file(fd);
    try {
      Handles.SET.invokeExact(file, false, level, name, value, false);
      return true;
    } catch (IOException e) {
      return false;
    } catch (Throwable e) {
      throw JdkSockets.unexpected(e);
    }
  }

  /**
   * Reads an option; of a longer one, the first four bytes.
   *
   * @param fd the socket, which is not closed meanwhile
   * @return the value, or {@link #NONE}
   */
  public static long get(int fd, int level, int name) {
    if (!IS_AVAILABLE) {
      return NONE;
    }
    FileDescriptor file = file(fd);
    try {
      return (int) Handles.GET.invokeExact(file, false, level, name);
    } catch (IOException e) {
      return NONE;
    } catch (Throwable e) {
      throw JdkSockets.unexpected(e);
    }
  }

  private static FileDescriptor file(int fd) {
    boolean isKept = fd >= 0 && fd < BY_NUMBER.length();
    FileDescriptor kept = isKept ? BY_NUMBER.get(fd) : null;
    if (kept != null) {
      return kept;
    }
    FileDescriptor file = new FileDescriptor();
    Handles.DESCRIPTOR.set(file, fd);
    if (isKept) {
      BY_NUMBER.set(fd, file);
    }
    return file;
  }
}
