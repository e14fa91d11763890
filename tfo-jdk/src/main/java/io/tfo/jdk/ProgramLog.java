package io.tfo.jdk;

/**
 * The program's log, for the reasons why this JDK is not as known. What it throws, such as one that
 * cannot be written any more, would break the class that is being initialized.
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
