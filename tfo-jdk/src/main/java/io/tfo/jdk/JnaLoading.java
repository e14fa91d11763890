package io.tfo.jdk;

import com.sun.jna.Native;
import java.util.logging.Filter;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Loads JNA without what it logs then. Where it finds no folder for its native library, it logs a
 * stack trace of some fifty lines into the application; the capability says the same in one.
 */
public final class JnaLoading {
  private static boolean isLoaded;

  private JnaLoading() {}

  /**
   * Loads JNA, once.
   *
   * @throws LinkageError what JNA throws
   */
  public static synchronized void load() {
    if (isLoaded) {
      return;
    }
    Logger logger = Logger.getLogger("com.sun.jna.Native");
    Filter before = logger.getFilter();
    boolean isQuiet = setFilter(logger, each -> each.getThrown() == null);
    try {
      isLoaded = Native.POINTER_SIZE > 0;
    } finally {
      if (isQuiet) {
        setFilter(logger, before);
      }
    }
  }

  private static boolean setFilter(Logger logger, @Nullable Filter filter) {
    try {
      logger.setFilter(filter);
      return true;
    } catch (SecurityException e) {
      return false; // a security manager leaves the stack trace in
    }
  }
}
