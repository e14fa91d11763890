package io.tfo.lab.simulation;

import java.nio.ByteBuffer;

/**
 * The base of all simulated kernels: the state of the sockets, and how a call finds its socket.
 *
 * @param <S> what the kernel keeps of each socket
 */
public abstract class SimulatedKernel<S> {
  /** The state of each socket. */
  protected final SocketTable<S> sockets;

  /** Reads the system's socket addresses. */
  protected final ForeignSocketAddress addresses;

  private final int notSocket;

  /**
   * A call on an open socket.
   *
   * @param <S> what the kernel keeps of each socket
   */
  @FunctionalInterface
  protected interface Call<S> {
    /** Returns the result of the call, or its negative error. */
    int on(S socket);
  }

  /**
   * Creates a kernel without sockets.
   *
   * @param sockets the state of its sockets
   * @param addresses reads its socket addresses
   * @param notSocket the error of a call on a descriptor that is not an open socket
   */
  protected SimulatedKernel(SocketTable<S> sockets, ForeignSocketAddress addresses, int notSocket) {
    this.sockets = sockets;
    this.addresses = addresses;
    this.notSocket = notSocket;
  }

  /** Makes a call on a socket; the negative error if the descriptor is not an open socket. */
  protected final int call(int fd, Call<S> call) {
    S socket = sockets.find(fd);
    return socket == null ? -notSocket : call.on(socket);
  }

  /** Copies the first bytes of a buffer, as a kernel copies data in. */
  protected static byte[] copy(ByteBuffer data, int length) {
    byte[] bytes = new byte[length];
    data.get(0, bytes);
    return bytes;
  }
}
