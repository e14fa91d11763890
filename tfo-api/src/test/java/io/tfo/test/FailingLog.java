package io.tfo.test;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Makes a logger throw at each line until this is closed, as a logger does whose disk is full. */
public final class FailingLog implements AutoCloseable {
  private final Logger logger;
  private final Level before;
  private final Failing handler = new Failing();

  /** Names the logger. */
  public FailingLog(String name) {
    logger = Logger.getLogger(name);
    before = logger.getLevel();
    logger.setLevel(Level.FINE);
    logger.addHandler(handler);
  }

  /** How many lines it has refused. */
  public int failures() {
    return handler.failures.get();
  }

  private static final class Failing extends Handler {
    final AtomicInteger failures = new AtomicInteger();

    Failing() {
      setLevel(Level.ALL);
    }

    @Override
    public void publish(LogRecord line) {
      failures.incrementAndGet();
      throw new IllegalStateException("the log cannot be written");
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  @Override
  public void close() {
    logger.removeHandler(handler);
    logger.setLevel(before);
  }
}
