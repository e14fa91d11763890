package io.tfo.jna;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A kernel's own deferral of connects: {@code connect} returns at once, and the first write sends
 * the SYN with its data. Linux' TCP_FASTOPEN_CONNECT is one. No call may block. A descriptor is
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
   * Cancels {@link #defer}: the next connect is not deferred.
   *
   * @param fd a socket that is not connected
   */
  void cancel(int fd);

  /**
   * Whether the connect of a socket was deferred. Called when it has just returned.
   *
   * @param fd the socket
   * @return whether its SYN waits for the first write
   */
  default boolean isDeferred(int fd) {
    return stage(fd) == Stage.WAITING;
  }

  /**
   * Reads the stage of a deferred connect.
   *
   * @param fd the socket
   * @return the stage that it is in
   */
  Stage stage(int fd);

  /**
   * Sends the SYN of a deferred connect with data. Called in {@link Stage#WAITING} only.
   *
   * @param fd the socket
   * @param data the data, from position 0
   * @param length its length in bytes; may be 0
   * @return how many bytes were taken, 0 also where the cookie has gone; {@link NativeTcp#NOT_SENT}
   *     if no SYN was sent, and the socket is as it was before its connect
   * @throws IOException if no SYN was sent, and this socket cannot be connected any more. If it
   *     still {@linkplain Stage#WAITING waits}, no thread that waits for the socket has been woken
   */
  int send(int fd, ByteBuffer data, int length) throws IOException;

  /**
   * Sends the SYN of a deferred connect without data. Called in {@link Stage#WAITING} only: in
   * another stage the call might take an error that the socket's owner must see.
   *
   * @param fd the socket
   * @return false if the system refuses it, and the SYN still waits
   */
  boolean sendEmptySyn(int fd);

  /**
   * Ends a deferred connect whose SYN the system does not send, if no other socket can take its
   * place. Without this a read would wait for ever; with it, a read fails as on a connection that
   * was reset.
   *
   * @param fd the socket; its stage is {@link Stage#FAILED} then
   */
  void end(int fd);

  /**
   * Whether the close of a socket resets the connection, since its owner has set SO_LINGER to 0.
   *
   * @param fd the socket
   * @return false also where the system call fails
   */
  boolean resetsAtClose(int fd);

  /**
   * Prepares the close of a socket, which is next. The kernel resets a connection that is closed
   * with unread data. So this call discards the received data, and sends a FIN after the written
   * data: the peer sees the end even if it sends more data and is reset. A close that {@linkplain
   * #resetsAtClose resets} the connection is left alone.
   *
   * @param fd the socket
   */
  void prepareClose(int fd);

  /**
   * Makes the close of a socket return at once, even if its owner has set SO_LINGER to wait.
   *
   * @param fd the socket
   */
  void stopLingering(int fd);

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
