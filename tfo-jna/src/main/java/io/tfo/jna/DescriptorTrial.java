package io.tfo.jna;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.security.AccessController;
import java.security.PrivilegedActionException;
import java.security.PrivilegedExceptionAction;
import org.jspecify.annotations.Nullable;

/**
 * Finds out whether the process can have a further descriptor, by opening a file that every JDK
 * has. The JVM has loaded the classes for that before; for a socket it loads some twenty.
 *
 * <p>Under a security manager, as JDK 17 has, the program needs no permission for it.
 */
final class DescriptorTrial implements PrivilegedExceptionAction<@Nullable Void> {
  private DescriptorTrial() {}

  /**
   * Tries it.
   *
   * @throws IOException if the process can have no further descriptor
   */
  @SuppressWarnings("removal")
  static void require() throws IOException {
    try {
      AccessController.doPrivileged(new DescriptorTrial());
    } catch (PrivilegedActionException e) {
      throw (IOException) e.getException(); // no other is declared
    } catch (SecurityException e) {
      // Not tried. The library is not allowed into the JDK's channels, either.
    }
  }

  @Override
  public @Nullable Void run() throws IOException {
    File file = new File(System.getProperty("java.home"), "lib/modules");
    if (file.canRead()) { // else it tells nothing
      new FileInputStream(file).close();
    }
    return null;
  }
}
