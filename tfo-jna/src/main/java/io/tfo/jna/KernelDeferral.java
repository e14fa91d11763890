package io.tfo.jna;

/**
 * A kernel's own deferral of connects: {@code connect} returns at once, and the first write sends
 * the SYN with its data, such as by Linux' TCP_FASTOPEN_CONNECT. No call may block. A descriptor is
 * valid during the call only.
 */
public interface KernelDeferral {
  /**
   * Defers the next connect of a socket.
   *
   * @param fd a socket that is not connected
   * @return false if the system refuses; the next connect is then not deferred
   */
  boolean defer(int fd);

  /**
   * Reads the stage of a deferred connect.
   *
   * @param fd the socket
   * @return the stage that it is in
   */
  Stage stage(int fd);

  /**
   * Sends the SYN of a deferred connect without data. Called in {@link Stage#WAITING} only: in
   * another stage the call might take an error that the socket's owner must see.
   *
   * @param fd the socket
   */
  void sendEmptySyn(int fd);

  /** The stages of a deferred connect. */
  enum Stage {
    /** The SYN waits for the first write. */
    WAITING,
    /** The SYN is sent, and not answered yet. */
    PENDING,
    /** The connection is established. */
    CONNECTED,
    /** The connect failed, or the connection is closed. */
    FAILED
  }
}
