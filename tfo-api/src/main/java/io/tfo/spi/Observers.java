package io.tfo.spi;

import io.tfo.log.ProgramLog;
import java.util.Optional;

/**
 * Whether single connections are observed: by Flight Recorder, or by the log at DEBUG. While both
 * are off, that costs a few nanoseconds, and loads one class of {@code jdk.jfr} at the first
 * connect.
 */
final class Observers {
  static final ProgramLog CONNECTS = new ProgramLog("io.tfo.connect");
  static final ProgramLog ACCEPTS = new ProgramLog("io.tfo.accept");

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

  /** A separate class, so that no event class is loaded before Flight Recorder is used. */
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
    return CONNECTS.isDebug();
  }

  static boolean logsAccepts() {
    return ACCEPTS.isDebug();
  }

  static boolean recordsConnects() {
    return isRecorderUsed() && ConnectEvent.ENABLED.isEnabled();
  }

  static boolean recordsAccepts() {
    return isRecorderUsed() && AcceptEvent.ENABLED.isEnabled();
  }
}
