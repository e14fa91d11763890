package io.tfo.backend.windows;

import io.tfo.lab.simulation.LinuxCalls;

/** The state of a socket that Windows keeps in addition to Linux' state. */
final class SimulatedSocket {
  /** Its address family, by the number of Linux. */
  final int family;

  boolean fastOpen;
  boolean reusePort;
  boolean bound;

  /** The port that its completions go to; null if none. */
  SimulatedPort port;

  long key;

  /** Its ConnectEx; null if none was begun. */
  ConnectExCall connect;

  SimulatedSocket(int fd) {
    this.family = LinuxCalls.domain(fd);
  }

  boolean isConnecting() {
    return connect != null && !connect.isComplete();
  }

  /** Says whether ConnectEx has connected it and its context is not yet updated. */
  boolean hasNoContext() {
    return connect != null && connect.holdsRealSocket();
  }
}
