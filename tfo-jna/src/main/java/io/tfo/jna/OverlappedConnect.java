package io.tfo.jna;

import java.io.IOException;
import java.time.Duration;

/**
 * What a {@link NativeTcp} is, too, whose {@link NativeTcp#sendSyn} returns while the system still
 * works on the SYN and its data: Windows. What was begun is named by the number that {@code
 * sendSyn} returned, and ends by exactly one of {@link #finish} and {@link #abandon}. Non-blocking
 * channels are connected plainly: their end is the user's, and the JDK's {@code finishConnect}
 * knows neither.
 */
public interface OverlappedConnect {
  /**
   * Waits for the system to be done. In Java, not in a native call: a virtual thread leaves its
   * carrier, an interrupt ends the wait.
   *
   * @param syn what was begun
   * @param atMost how long
   * @return whether it is done; the result is not known yet
   * @throws InterruptedException if this thread is interrupted; nothing has changed
   */
  boolean await(int syn, Duration atMost) throws InterruptedException;

  /**
   * Takes the result of what is done. After that the socket is as if the JDK had connected it.
   *
   * @param fd the socket
   * @param syn what was begun, and is done
   * @return how many bytes were taken
   * @throws IOException of the kind that the JDK throws for such a failure
   */
  int finish(int fd, int syn) throws IOException;

  /**
   * Gives up what was begun, because the socket is closed or is going to be. Does not wait: the
   * memory that the system has been lent stays its own until it is done.
   *
   * @param fd the socket, or a negative number if it is no longer open
   * @param syn what was begun
   */
  void abandon(int fd, int syn);
}
