package io.tfo.backend.windows;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** An I/O completion port. */
final class SimulatedPort {
  /** A completion: the socket's key, the operation, and its result. */
  record Packet(long key, long overlapped, int bytes, int error) {}

  final BlockingQueue<Packet> packets = new LinkedBlockingQueue<>();
}
