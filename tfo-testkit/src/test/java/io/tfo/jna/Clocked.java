package io.tfo.jna;

import io.tfo.FastOpenConnector;
import io.tfo.FastOpenListener;
import io.tfo.spi.FastOpenBackend;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** A backend with a back-off of its own, whose clock can be set on. */
public final class Clocked implements FastOpenBackend {
  /** The first wait. */
  public static final Duration FIRST = BackOff.FIRST;

  private final FastOpenBackend backend;
  private final FastOpenConnector connector;
  private final AtomicLong passed = new AtomicLong();

  /** A backend that is a {@link JnaBackend}. */
  public Clocked(FastOpenBackend backend) {
    this.backend = backend;
    NativeAccess access = ((ChannelConnector) backend.connector()).access;
    this.connector =
        new ChannelConnector(access, new BackOff(() -> System.nanoTime() + passed.get(), 10));
  }

  /** Sets the clock on. */
  public void pass(Duration time) {
    passed.addAndGet(time.toNanos());
  }

  @Override
  public String name() {
    return backend.name();
  }

  @Override
  public int priority() {
    return backend.priority();
  }

  @Override
  public FastOpenConnector connector() {
    return connector;
  }

  @Override
  public FastOpenListener listener() {
    return backend.listener();
  }

  @Override
  public Optional<String> plainWhenNonBlocking() {
    return backend.plainWhenNonBlocking();
  }
}
