package io.tfo.jdk;

/**
 * Logs why a part of this library does not work on this JDK. An exception of the program's log, for
 * example because it can no longer be written, goes no further: it would break the class that is
 * being initialized.
 */
final class ProgramLog {
  private ProgramLog() {}

  /** Logs a line to the logger {@code io.tfo}. */
  static void log(System.Logger.Level level, String line) {
    try {
      System.getLogger("io.tfo").log(level, line);
    } catch (RuntimeException | Error e) {
      // There is no other place to report it.
    }
  }
}
