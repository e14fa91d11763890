package io.tfo.jna;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.security.AccessController;
import java.security.PrivilegedActionException;
import java.security.PrivilegedExceptionAction;
import org.jspecify.annotations.Nullable;

/**
 * Finds out whether the process can open another descriptor, by opening a file that every JDK has.
 * The JVM has already loaded the classes for a file; for a socket it would load about twenty.
 *
 * <p>It uses the library's permissions: under a security manager, as JDK 17 has, the program needs
 * none.
 */
final class DescriptorTrial implements PrivilegedExceptionAction<@Nullable Void> {
  private DescriptorTrial() {}

  /**
   * Tries to open a descriptor.
   *
   * @throws IOException if the process can open no more descriptors
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
    if (file.canRead()) { // if not, a failure would mean nothing
      new FileInputStream(file).close();
    }
    return null;
  }
}
