package io.tfo.jdk;

/**
 * The program's log, which is told why a part of this library does not work on this JDK. What it
 * throws, such as where it cannot be written any more, goes no further: it would break the class
 * that is being initialized.
 */
final class ProgramLog {
  private ProgramLog() {}

  /** Logs a line by the logger {@code io.tfo}. */
  static void log(System.Logger.Level level, String line) {
    try {
      System.getLogger("io.tfo").log(level, line);
    } catch (RuntimeException | Error e) {
      // There is no other place to tell of it.
    }
  }
}
