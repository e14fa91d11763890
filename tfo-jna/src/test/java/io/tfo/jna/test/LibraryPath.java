package io.tfo.jna.test;

import io.tfo.FastOpenConnector;
import io.tfo.backoff.BackOff;
import io.tfo.jdk.JdkChannels;
import io.tfo.jna.JnaBackend;
import io.tfo.test.ChildJvm;
import java.util.stream.Stream;

/** The folders or jars of the API and of what a backend stands on, for a JVM of its own. */
public final class LibraryPath {
  private LibraryPath() {}

  /**
   * Returns them one by one, without JNA.
   *
   * @param others classes whose folders or jars follow
   */
  public static String[] homes(Class<?>... others) {
    Stream<Class<?>> ours =
        Stream.of(FastOpenConnector.class, BackOff.class, JdkChannels.class, JnaBackend.class);
    return Stream.concat(ours, Stream.of(others)).map(ChildJvm::home).toArray(String[]::new);
  }

  /**
   * Returns a class path, or module path, without JNA.
   *
   * @param others classes whose folders or jars follow
   */
  public static String of(Class<?>... others) {
    return ChildJvm.path(homes(others));
  }
}
