package io.tfo.jna;

import io.tfo.jdk.JdkSockets;
import java.io.FileDescriptor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketImpl;

/** Defers the connect of a socket to the first write: by the system, or else by this library. */
interface SocketDeferral {
  /** The result of {@link #connect}. */
  enum Begun {
    /** The JDK has connected, without the TFO option. */
    PLAIN,
    /** The system has connected, with the TFO option. */
    ANSWERED,
    /** The SYN was sent without data, and is not answered yet. */
    SENT,
    /** The SYN waits. The JDK treats the socket as connected. */
    WAITING
  }

  /** Creates the deferral that a system allows. */
  static SocketDeferral of(JdkSockets jdk, NativeTcp tcp) {
    KernelDeferral kernel = tcp.deferral().orElse(null);
    if (kernel != null) {
      return new SystemDeferral(jdk, kernel);
    }
    OverlappedConnect overlapped = tcp.overlapped().orElse(null);
    return overlapped == null
        ? new EmulatedDeferral(jdk, tcp)
        : new OverlappedDeferral(jdk, tcp, overlapped);
  }

  /**
   * Whether the system itself defers connects. It then does so only if it has a cookie, and it
   * knows the local address of a connect that waits.
   */
  boolean isSystems();

  /**
   * Connects a socket, or defers its connect.
   *
   * @param isKnown whether this process has connected to that destination before
   * @throws IOException as the JDK's connect throws it
   */
  Begun connect(SocketImpl nio, InetSocketAddress remote, int timeoutMillis, boolean isKnown)
      throws IOException;

  /**
   * Sends the SYN that waits, with data. Called after {@link JdkSockets#beginWrite}.
   *
   * @param offset where the data begins
   * @param length its length in bytes; may be 0
   * @param mostMillis how long to wait where the system completes connects later; 0 for no limit
   * @return how many bytes of the data were taken; {@link NativeTcp#NOT_SENT} if a plain connect
   *     was begun in its place
   * @throws IOException if this socket cannot be connected any more
   */
  int send(
      SocketImpl nio,
      FileDescriptor file,
      InetSocketAddress remote,
      byte[] data,
      int offset,
      int length,
      long mostMillis)
      throws IOException;

  /**
   * Sends the SYN that waits without data, and does not wait for anything.
   *
   * @return whether it was sent
   * @throws IOException if this socket cannot be connected any more
   */
  boolean sendEmpty(SocketImpl nio, InetSocketAddress remote) throws IOException;
}
