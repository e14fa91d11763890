package io.tfo.jna;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenOutcome;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * What a backend knows of its system's TCP: one way to send a SYN, one way to switch a listener on,
 * one way to read the outcome. No call may block.
 *
 * <p>Descriptors are lent for the length of a call. Buffers are direct and begin at position 0.
 */
public interface NativeTcp {
  /** What {@link #sendSyn} returns when no SYN was sent and the socket is as it was before. */
  int NOT_SENT = -1;

  /**
   * Finds out, once, whether this system has what the backend calls.
   *
   * @param fd an open TCP socket, neither bound nor connected
   * @throws IOException if it has not; the message is the reason
   */
  void probe(int fd) throws IOException;

  /**
   * The client side as it is set now.
   *
   * @return the capability
   */
  FastOpenCapability client();

  /**
   * The server side as it is set now.
   *
   * @return the capability
   */
  FastOpenCapability server();

  /**
   * Whether {@link #sendSyn} would wait on a descriptor that is in blocking mode.
   *
   * @return true if the descriptor must be non-blocking
   */
  boolean needsNonBlockingDescriptor();

  /**
   * The way this system lays out a socket address.
   *
   * @return the layout
   */
  SocketAddressLayout addresses();

  /**
   * Sends the SYN, with as much of the data as it takes.
   *
   * @param fd the socket
   * @param address the server's address, as {@link #addresses()} lays it out
   * @param addressLength its length in bytes
   * @param data the data, from 0
   * @param dataLength its length in bytes, which may be 0
   * @return how many bytes were taken, once a connect is under way; {@link #NOT_SENT} if none is,
   *     and the JDK's own connect decides
   * @throws IOException if no SYN was sent and the socket cannot be connected any more; it is
   *     closed, as after any failed connect
   */
  int sendSyn(int fd, ByteBuffer address, int addressLength, ByteBuffer data, int dataLength)
      throws IOException;

  /**
   * Whether {@link #acceptFastOpen} must come before the JDK binds the socket and listens, or
   * after.
   *
   * @return true if before
   */
  default boolean acceptsFastOpenBeforeListen() {
    return false;
  }

  /**
   * Switches a listener on, as far as the system lets it; a listener that it does not let stays an
   * ordinary one.
   *
   * @param fd the listening socket, or the socket that is going to listen
   * @param backlog the most connections that wait, opened by SYN data; 0 switches it off
   */
  void acceptFastOpen(int fd, int backlog);

  /**
   * Whether a connect that is under way has been answered, though the JDK has not asked yet.
   *
   * @param fd a socket whose SYN was sent
   * @return false also where the system does not tell
   * @throws IOException if the system does not answer
   */
  default boolean isAnswered(int fd) throws IOException {
    return false;
  }

  /**
   * Whether a SYN was lost, of a connect that has taken long enough for that.
   *
   * @param fd a connected socket
   * @return true also where the system does not tell: then the time has to be enough
   * @throws IOException if the system does not answer
   */
  default boolean hasLostSyn(int fd) throws IOException {
    FastOpenOutcome outcome = connectOutcome(fd);
    return outcome == FastOpenOutcome.SYN_RETRANSMITTED || outcome == FastOpenOutcome.UNKNOWN;
  }

  /**
   * What became of a connect.
   *
   * @param fd a connected socket
   * @return the outcome
   * @throws IOException if the system does not answer
   */
  FastOpenOutcome connectOutcome(int fd) throws IOException;

  /**
   * What became of an accepted connection.
   *
   * @param fd an accepted socket
   * @return the outcome
   * @throws IOException if the system does not answer
   */
  FastOpenOutcome acceptOutcome(int fd) throws IOException;

  /**
   * The connects that this system completes later, in place of {@link #sendSyn}. Called after
   * {@link #probe}.
   *
   * @return empty if {@link #sendSyn} sends the SYN
   */
  default Optional<OverlappedConnect> overlapped() {
    return Optional.empty();
  }

  /**
   * The system's own deferral of connects to the first write.
   *
   * @return empty if the system, or this backend, has none
   */
  default Optional<KernelDeferral> deferral() {
    return Optional.empty();
  }
}
