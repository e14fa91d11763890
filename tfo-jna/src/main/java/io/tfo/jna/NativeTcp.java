package io.tfo.jna;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenKeyOwner;
import io.tfo.FastOpenOutcome;
import io.tfo.jdk.JdkChannels;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * The TCP of one operating system: how a SYN with data is sent, how a listener is switched on, how
 * an outcome is read. A backend implements it, and passes it to {@link JnaBackend}.
 *
 * <p>No call may block. Any thread may call. A descriptor is valid during the call only. Buffers
 * are direct, hold the native byte order where they hold structures, and begin at position 0.
 *
 * <p>Features that only some systems have are {@link Optional} interfaces: {@link #overlapped()},
 * {@link #deferral()}.
 */
public interface NativeTcp {
  /** The result of {@link #sendSyn} if no SYN was sent and the socket is as it was before. */
  int NOT_SENT = JdkChannels.SynSender.NOT_SENT;

  /**
   * Finds out whether this system has the calls that the backend makes. Called once, before all
   * other methods.
   *
   * @param fd an open TCP socket, neither bound nor connected, which is closed afterwards
   * @throws IOException if the system lacks something; the message is the reason
   */
  void probe(int fd) throws IOException;

  /**
   * Reads the client side's setting.
   *
   * @return the capability as it is now
   */
  FastOpenCapability client();

  /**
   * Reads the server side's setting.
   *
   * @return the capability as it is now; {@code UNSUPPORTED} unless overridden
   */
  default FastOpenCapability server() {
    return FastOpenCapability.unsupported("this backend is for clients only");
  }

  /**
   * Whether {@link #sendSyn} would block on a descriptor that is in blocking mode.
   *
   * @return true if the descriptor must be in non-blocking mode during the call
   */
  boolean needsNonBlockingDescriptor();

  /**
   * The layout of this system's socket addresses.
   *
   * @return the layout
   */
  SocketAddressLayout addresses();

  /**
   * Sends the SYN, with as much of the data as it takes. Not called where {@link #overlapped()} is
   * present.
   *
   * @param fd the socket
   * @param address the server's address, as {@link #addresses()} lays it out
   * @param addressLength its length in bytes
   * @param data the data, from position 0
   * @param dataLength its length in bytes, which may be 0
   * @return how many bytes were taken, once a connect is under way; {@link #NOT_SENT} if none is,
   *     and the JDK's own connect decides
   * @throws IOException if no SYN was sent and the socket cannot be connected any more; it is
   *     closed, as after any failed connect
   */
  int sendSyn(int fd, ByteBuffer address, int addressLength, ByteBuffer data, int dataLength)
      throws IOException;

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

  /**
   * Whether {@link #acceptFastOpen} comes before the JDK binds the socket and listens, or after.
   *
   * @return true if before
   */
  default boolean acceptsFastOpenBeforeListen() {
    return false;
  }

  /**
   * Switches a listener on, where the system allows it. A listener that cannot be switched on stays
   * an ordinary one. Does nothing unless overridden.
   *
   * @param fd the listening socket, or the socket that is going to listen
   * @param backlog the limit of pending connections that were opened by SYN data; 0 switches it off
   */
  default void acceptFastOpen(int fd, int backlog) {}

  /**
   * Returns the owner of a listener's keys. Called after {@link #probe}.
   *
   * @return the owner; {@code UNKNOWN} unless overridden
   */
  default FastOpenKeyOwner keyOwner() {
    return FastOpenKeyOwner.UNKNOWN;
  }

  /**
   * Gives a listener keys of its own.
   *
   * @param fd the listening socket, or the socket that is going to listen
   * @param keys the primary key, then the backup key if there is one
   * @param length their length in bytes: 16 or 32
   * @return whether the listener has them now; false unless overridden
   */
  default boolean setKeys(int fd, ByteBuffer keys, int length) {
    return false;
  }

  /**
   * Makes a socket send SYN data without a cookie, or a listener accept it.
   *
   * @param fd a socket that is not connected, or a listener
   * @return whether the system does so now; false unless overridden
   */
  default boolean withoutCookie(int fd) {
    return false;
  }

  /**
   * Whether a pending connect has been answered, though the JDK has not asked yet.
   *
   * @param fd a socket whose SYN was sent
   * @return true if answered; false also where the system does not tell
   * @throws IOException if the system call fails
   */
  default boolean isAnswered(int fd) throws IOException {
    return false;
  }

  /**
   * Whether a SYN that was sent by {@link #sendSyn} or {@link KernelDeferral#send} has been
   * answered once the socket can be written to without an error or an end. Then poll(2) replaces
   * {@link #isAnswered}.
   *
   * @return false unless overridden
   */
  default boolean isAnsweredWhenWritable() {
    return false;
  }

  /**
   * Whether the system itself has left the TFO option out of a SYN that should have had it, as
   * FreeBSD does on a path that it has disabled. The result of that connect tells nothing about
   * SYNs with the option. Makes no system call.
   *
   * @param fd a socket whose SYN was sent by {@link #sendSyn}
   * @return true if it did; false unless overridden
   */
  default boolean wasSentPlainly(int fd) {
    return false;
  }

  /**
   * Converts the failure of a connect whose SYN was sent, if the JDK does not know the system's
   * error.
   *
   * @param failure what the JDK throws
   * @return the same, unless overridden
   */
  default IOException connectFailure(IOException failure) {
    return failure;
  }

  /** The result of the first SYN of a connection, which had the TFO option. */
  enum FirstSyn {
    /** It was answered, or its data was acknowledged; or the system had left the option out. */
    ANSWERED,
    /** It was sent again, without the option, and then answered. */
    LOST,
    /** The system does not tell. */
    UNKNOWN
  }

  /**
   * Reads the result of the first SYN. Called only for connects that took long enough for a loss.
   *
   * @param fd a connected socket
   * @return the result according to {@link #connectOutcome}, unless overridden
   * @throws IOException if the system call fails
   */
  default FirstSyn firstSyn(int fd) throws IOException {
    return switch (connectOutcome(fd)) {
      case SYN_RETRANSMITTED -> FirstSyn.LOST;
      case UNKNOWN -> FirstSyn.UNKNOWN;
      case SYN_DATA_ACKED, SYN_DATA_NOT_ACKED, COOKIE_REQUESTED, NOT_ATTEMPTED -> FirstSyn.ANSWERED;
    };
  }

  /**
   * Reads the outcome of a connect.
   *
   * @param fd a connected socket
   * @return the outcome; {@code UNKNOWN} unless overridden
   * @throws IOException if the system call fails
   */
  default FastOpenOutcome connectOutcome(int fd) throws IOException {
    return FastOpenOutcome.UNKNOWN;
  }

  /**
   * Reads the outcome of an accepted connection.
   *
   * @param fd an accepted socket
   * @return the outcome; {@code UNKNOWN} unless overridden
   * @throws IOException if the system call fails
   */
  default FastOpenOutcome acceptOutcome(int fd) throws IOException {
    return FastOpenOutcome.UNKNOWN;
  }
}
