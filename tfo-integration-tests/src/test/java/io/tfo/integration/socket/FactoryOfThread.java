package io.tfo.integration.socket;

import java.util.concurrent.Callable;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Names a socket factory of a test by a class, for libraries that take the name of a class. Public
 * with a static {@code getDefault}, as they ask for.
 */
public final class FactoryOfThread {
  private static final ThreadLocal<@Nullable SocketFactory> FACTORY = new ThreadLocal<>();

  private FactoryOfThread() {}

  /** Runs a task whose thread has a factory; null for none. */
  static <T> T during(@Nullable SocketFactory factory, Callable<T> task) throws Exception {
    FACTORY.set(factory);
    try {
      return task.call();
    } finally {
      FACTORY.remove();
    }
  }

  /** Whether this thread has a factory. */
  static boolean isThere() {
    return FACTORY.get() != null;
  }

  /** Returns the factory of this thread. */
  public static @Nullable SocketFactory getDefault() {
    return FACTORY.get();
  }
}
