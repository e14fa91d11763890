package io.tfo.spi;

import io.tfo.FastOpenConnector;
import io.tfo.FastOpenListener;
import java.util.Optional;

/**
 * One way to use TCP Fast Open on a system: a provider that {@link java.util.ServiceLoader} finds.
 *
 * <p>A provider is instantiated on every platform. Its constructor and all methods of this
 * interface must return quickly, without an exception and without loading native code. On a
 * platform that the backend does not support, the capabilities of {@link #connector()} and {@link
 * #listener()} are {@code UNSUPPORTED}, with the reason. A provider that breaks this contract is
 * left out, and {@link io.tfo.FastOpenBackends#problems()} tells why.
 */
public interface FastOpenBackend {
  /**
   * Returns the name for {@code -Dio.tfo.backend} and for reports: lower case and stable, such as
   * {@code linux-connect}.
   *
   * @return the name
   */
  String name();

  /**
   * Returns the priority in the choice of a backend: of those that this platform supports, the one
   * with the highest number is chosen.
   *
   * @return the priority, the same at each call
   */
  int priority();

  /**
   * Returns the client side.
   *
   * @return the same thread-safe connector at each call
   */
  FastOpenConnector connector();

  /**
   * Returns the server side.
   *
   * @return the same thread-safe listener at each call
   */
  FastOpenListener listener();

  /**
   * Tells why this backend connects non-blocking channels plainly, with no data in the SYN, if its
   * system offers no other way.
   *
   * @return the reason; empty if this backend sends SYN data on non-blocking channels, too
   */
  default Optional<String> plainWhenNonBlocking() {
    return Optional.empty();
  }

  /**
   * Tells which system this backend is for, if that is not the one it runs on.
   *
   * @return the reason why it does not work here; empty if it is for this system, whether it works
   *     or not
   */
  default Optional<String> otherSystem() {
    return Optional.empty();
  }
}
