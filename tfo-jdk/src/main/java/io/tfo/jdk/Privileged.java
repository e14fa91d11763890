package io.tfo.jdk;

import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.security.AccessController;
import java.security.PrivilegedAction;
import java.security.PrivilegedActionException;
import java.security.PrivilegedExceptionAction;
import org.jspecify.annotations.Nullable;

/**
 * The calls that this library makes with its own permissions under a security manager, as JDK 17
 * has. A class is initialised once for all programs of the JVM, and maybe by a program that has
 * none of these permissions.
 */
@SuppressWarnings("removal")
final class Privileged {
  private Privileged() {}

  /** Finds a class of a package that is not exported. */
  static Class<?> classForName(String name) throws ClassNotFoundException {
    return isChecked()
        ? call(ClassNotFoundException.class, () -> Class.forName(name))
        : Class.forName(name);
  }

  /** Finds a resource beside this class. */
  static @Nullable InputStream resource(String name) {
    return isChecked()
        ? AccessController.doPrivileged(
            (PrivilegedAction<@Nullable InputStream>)
                () -> Privileged.class.getResourceAsStream(name))
        : Privileged.class.getResourceAsStream(name);
  }

  /** Looks into a class whose package is open to this module. */
  static MethodHandles.Lookup lookupIn(Class<?> target) throws IllegalAccessException {
    return isChecked()
        ? call(IllegalAccessException.class, () -> JdkChannelHandles.openedLookup(target))
        : JdkChannelHandles.openedLookup(target);
  }

  /** Looks into every class, which needs JNA. */
  static MethodHandles.Lookup trustedLookup() throws IllegalAccessException {
    return isChecked()
        ? call(IllegalAccessException.class, TrustedLookup::find)
        : TrustedLookup.find();
  }

  /** Without a security manager, as on JDK 24 and later, no first lambda takes start-up time. */
  private static boolean isChecked() {
    return System.getSecurityManager() != null;
  }

  private static <T, E extends Exception> T call(
      Class<E> declared, PrivilegedExceptionAction<T> action) throws E {
    try {
      return AccessController.doPrivileged(action);
    } catch (PrivilegedActionException e) {
      throw declared.cast(e.getException());
    }
  }
}
