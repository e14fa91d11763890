package io.tfo;

import java.io.IOException;
import java.time.Instant;

/**
 * Tells which keys listeners have at a time: fixed ones ({@link FastOpenKeys}), those of a secret
 * and the time ({@link FastOpenKeySchedule}), those of a file ({@link FastOpenKeyFile}), or what a
 * program reads from its own store.
 *
 * <p>A listener that follows a source asks it once a second, on a daemon thread that all such
 * listeners share. So an implementation must return quickly, and be safe for use by multiple
 * threads.
 */
@FunctionalInterface
public interface FastOpenKeySource {
  /**
   * Returns the keys at a time.
   *
   * @param time the time, by the clock of this machine
   * @return the keys, a new copy, which the caller closes
   * @throws IOException if they cannot be read now; a listener then keeps those that it has
   */
  FastOpenKeys keysAt(Instant time) throws IOException;
}
