package io.tfo.spi;

import java.util.Optional;

/**
 * Whether single connections are observed: by Flight Recorder, or by the log at DEBUG. While both
 * are off, that costs a few nanoseconds, and loads one class of {@code jdk.jfr} at the first
 * connect.
 */
final class Observers {
  static final System.Logger CONNECTS = System.getLogger("io.tfo.connect");
  static final System.Logger ACCEPTS = System.getLogger("io.tfo.accept");

  private static final boolean HAS_RECORDER = hasRecorder();

  private Observers() {}

  private static boolean hasRecorder() {
    try {
      return Optional.ofNullable(Observers.class.getModule().getLayer())
          .orElse(ModuleLayer.boot())
          .findModule("jdk.jfr")
          .isPresent();
    } catch (RuntimeException e) {
      return false;
    }
  }

  /** Apart, so that no event class is loaded before Flight Recorder is used. */
  private static final class Recorder {
    private Recorder() {}

    static boolean isInitialized() {
      return jdk.jfr.FlightRecorder.isInitialized();
    }
  }

  /** Whether Flight Recorder has been started, and its classes can be used. */
  private static boolean isRecorderUsed() {
    return HAS_RECORDER && Recorder.isInitialized();
  }

  static boolean logsConnects() {
    return CONNECTS.isLoggable(System.Logger.Level.DEBUG);
  }

  static boolean logsAccepts() {
    return ACCEPTS.isLoggable(System.Logger.Level.DEBUG);
  }

  /**
   * Logs a line. What a program's logging throws, such as a log that cannot be written any more,
   * does not reach the connection, the listener or the thread that the line is about.
   */
  static void log(System.Logger logger, System.Logger.Level level, String line) {
    try {
      logger.log(level, line);
    } catch (RuntimeException | Error e) {
      // There is no other place to tell of it.
    }
  }

  static boolean recordsConnects() {
    return isRecorderUsed() && ConnectEvent.ENABLED.isEnabled();
  }

  static boolean recordsAccepts() {
    return isRecorderUsed() && AcceptEvent.ENABLED.isEnabled();
  }
}
