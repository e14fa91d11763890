package io.tfo.log;

import org.jspecify.annotations.Nullable;

/**
 * The program's log. An exception that it throws, for example because it cannot be created or can
 * no longer be written, does not reach the connection, the listener or the thread that a line is
 * about.
 */
public final class ProgramLog {
  private final System.@Nullable Logger logger;

  /** Names the logger. */
  public ProgramLog(String name) {
    logger = logger(name);
  }

  private static System.@Nullable Logger logger(String name) {
    try {
      return System.getLogger(name);
    } catch (RuntimeException | Error e) {
      return null; // there is no other place to report it
    }
  }

  /** Whether lines at DEBUG are logged. */
  public boolean isDebug() {
    try {
      return logger != null && logger.isLoggable(System.Logger.Level.DEBUG);
    } catch (RuntimeException | Error e) {
      return false;
    }
  }

  /** Logs a line at DEBUG. */
  public void debug(String line) {
    log(logger, System.Logger.Level.DEBUG, line);
  }

  /**
   * Logs a line to the logger {@code io.tfo}. The logger is not static, for two reasons. A static
   * logger costs start-up time. And the JDK creates a provider of channels while it initializes one
   * of its own classes, which a logger that opens a channel would enter again.
   */
  public static void log(System.Logger.Level level, String line) {
    log(logger("io.tfo"), level, line);
  }

  private static void log(System.@Nullable Logger logger, System.Logger.Level level, String line) {
    try {
      if (logger != null) {
        logger.log(level, line);
      }
    } catch (RuntimeException | Error e) {
      // There is no other place to report it.
    }
  }
}
