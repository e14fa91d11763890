package io.tfo.spi;

import io.tfo.FastOpenConnector;
import io.tfo.FastOpenListener;
import java.util.Optional;

/**
 * One way of sending a SYN with data, found by {@link java.util.ServiceLoader}.
 *
 * <p>A provider is instantiated on every platform. Its constructor and every method here must
 * return quickly, without an exception and without loading native code: on a foreign platform the
 * capabilities of {@link #connector()} and {@link #listener()} are {@code UNSUPPORTED} with the
 * reason.
 */
public interface FastOpenBackend {
  /**
   * The name by which users force this backend, and by which reports call it: lower case, stable,
   * such as {@code linux-connect}.
   *
   * @return the name
   */
  String name();

  /**
   * The order of choice: of the backends that are supported here, the highest number is taken.
   *
   * @return the priority
   */
  int priority();

  /**
   * The client side.
   *
   * @return the same thread-safe connector at each call
   */
  FastOpenConnector connector();

  /**
   * The server side.
   *
   * @return the same thread-safe listener at each call
   */
  FastOpenListener listener();

  /**
   * Why this backend connects a non-blocking channel plainly, where its system gives it no other
   * way. Such a SYN carries no data; the connect is right in every other respect.
   *
   * @return the reason; empty if non-blocking channels get what blocking ones get
   */
  default Optional<String> plainWhenNonBlocking() {
    return Optional.empty();
  }
}
