package io.tfo.jdk;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.logging.Filter;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Loads JNA. Keeps JNA's messages meanwhile out of the application's log, and the first caller's
 * class loader and permissions out of JNA's thread.
 *
 * <p>Where JNA finds no folder for its native library, it logs a stack trace of some fifty lines
 * into the application; the capability says the same in one line.
 *
 * <p>JNA starts a thread with its first library, which lives as long as a library is in use. A
 * thread inherits the context class loader of its creator, and with JDK 17 the callers'
 * permissions: both would keep the first application that connects in memory, after it was
 * undeployed.
 */
public final class JnaLoading {
  /** Kept: without a library in use JNA's thread ends, and another application starts the next. */
  private static @Nullable NativeLibrary first;

  private JnaLoading() {}

  /**
   * Loads JNA, once.
   *
   * @throws LinkageError as JNA throws it
   */
  @SuppressWarnings("removal")
  public static synchronized void load() {
    if (first == null) {
      first = AccessController.doPrivileged(new Alone());
    }
  }

  /** Not a lambda: the first one of a process takes milliseconds. */
  private static final class Alone implements PrivilegedAction<NativeLibrary> {
    @Override
    public NativeLibrary run() {
      Thread thread = Thread.currentThread();
      ClassLoader taken = takeContext(thread);
      try {
        return quietly();
      } finally {
        if (taken != null) {
          thread.setContextClassLoader(taken);
        }
      }
    }
  }

  /** Removes a thread's context class loader, if it can be set again; else returns null. */
  private static @Nullable ClassLoader takeContext(Thread thread) {
    try {
      ClassLoader context = thread.getContextClassLoader();
      thread.setContextClassLoader(context); // some threads of the JDK's own refuse that
      thread.setContextClassLoader(null);
      return context;
    } catch (SecurityException e) {
      return null;
    }
  }

  private static NativeLibrary quietly() {
    Logger logger = Logger.getLogger("com.sun.jna.Native");
    Filter before = logger.getFilter();
    boolean isQuiet = setFilter(logger, new WithoutStackTraces());
    try {
      int unused = Native.POINTER_SIZE; // first: its error tells what is wrong with JNA's library
      // The system's backend needs it, too: kernel32 on Windows, else the process's own symbols.
      return NativeLibrary.getInstance(Platform.isWindows() ? "kernel32" : null);
    } finally {
      if (isQuiet) {
        setFilter(logger, before);
      }
    }
  }

  /** Not a lambda: a class is loaded faster. */
  private static final class WithoutStackTraces implements Filter {
    @Override
    public boolean isLoggable(LogRecord each) {
      return each.getThrown() == null;
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
