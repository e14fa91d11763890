package io.tfo.jna;

/**
 * A system's own deferral of a connect: it returns at once, and the first write sends the SYN and
 * carries its data. No call may block. Descriptors are lent for the length of a call.
 */
public interface KernelDeferral {
  /**
   * Has the next connect of a socket deferred.
   *
   * @param fd a socket that is not connected
   * @return false if the system does not do that now
   */
  boolean defer(int fd);

  /**
   * What has become of a connect that was deferred.
   *
   * @param fd the socket
   * @return the stage that it is in
   */
  Stage stage(int fd);

  /**
   * Sends the SYN of a deferred connect without data. For {@link Stage#WAITING} only: on another
   * socket it might take an error that its owner waits for.
   *
   * @param fd the socket
   */
  void sendEmptySyn(int fd);

  /** The stages of a deferred connect. */
  enum Stage {
    /** The SYN waits for the first write. */
    WAITING,
    /** The SYN is out, and not answered yet. */
    PENDING,
    /** There is a connection. */
    CONNECTED,
    /** The connection is none, or none any more. */
    FAILED
  }
}
