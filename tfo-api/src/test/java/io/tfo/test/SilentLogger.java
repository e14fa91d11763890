package io.tfo.test;

import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Silences a logger while a class of tests runs that provokes its warnings. */
public final class SilentLogger implements BeforeAllCallback, AfterAllCallback {
  /** Held strongly, since the log manager does not. */
  private final Logger logger;

  /** Names the logger. */
  public SilentLogger(String name) {
    logger = Logger.getLogger(name);
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    logger.setLevel(Level.OFF);
  }

  @Override
  public void afterAll(ExtensionContext context) {
    logger.setLevel(null);
  }
}
