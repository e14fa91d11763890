package io.tfo.backend.windows;

import io.tfo.lab.simulation.Linux;

/** What Windows knows of a socket beside what Linux knows of it. */
final class SimulatedSocket {
  /** Linux' family. */
  final int family;

  boolean fastOpen;
  boolean reusePort;
  boolean bound;

  /** The port that its completions go to; null: none. */
  SimulatedPort port;

  long key;

  /** Its ConnectEx; null: none yet. */
  PendingConnect connect;

  SimulatedSocket(int fd) {
    this.family = Linux.domain(fd);
  }

  boolean isConnecting() {
    return connect != null && !connect.isComplete();
  }

  /** Connected by ConnectEx, and nothing but send, receive and close is allowed yet. */
  boolean hasNoContext() {
    return connect != null && connect.holdsRealSocket();
  }
}
