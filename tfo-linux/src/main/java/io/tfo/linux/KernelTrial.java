package io.tfo.linux;

import io.tfo.FastOpenKeys;
import io.tfo.FastOpenOutcome;
import io.tfo.jna.NativeTcp;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.LockSupport;

/** Tries calls on its own sockets, to find out settings that no file of the kernel shows. */
final class KernelTrial implements BlackHole.Trial {
  private static final int ADDRESS_LENGTH = 16; // struct sockaddr_in
  private static final int UNUSED_PORT = 1;

  /**
   * The longest wait for a handshake. Over loopback it is over when the call returns, unless the
   * machine is busy.
   */
  private static final long LONGEST_HANDSHAKE_NANOS = 50_000_000;

  private static final long PAUSE_NANOS = 50_000;

  private final LinuxSocketApi sockets;
  private final LinuxTcp tcp;
  private final ByteBuffer on = LinuxTcp.ints(1);

  KernelTrial(LinuxSocketApi sockets, LinuxTcp tcp) {
    this.sockets = sockets;
    this.tcp = tcp;
  }

  /** Tries the client's calls; sends nothing. */
  boolean isClientOn() throws IOException {
    try (TrialSocket socket = TrialSocket.open()) {
      return tcp.isClientOn(socket.fd());
    }
  }

  /**
   * Tries whether the kernel's black hole detection has switched the client side off. If so, a
   * connect without a cookie is not deferred: it sends a SYN to a loopback port on which no server
   * listens. If not, nothing is sent.
   */
  @Override
  public boolean isSwitchedOff() throws IOException {
    try (TrialSocket socket = TrialSocket.open()) {
      require("TCP_FASTOPEN_CONNECT", set(socket, LinuxSocketApi.TCP_FASTOPEN_CONNECT));
      require("TCP_FASTOPEN_NO_COOKIE", set(socket, LinuxSocketApi.TCP_FASTOPEN_NO_COOKIE));
      return sockets.connect(socket.fd(), TrialSocket.loopback(UNUSED_PORT), ADDRESS_LENGTH) < 0;
    }
  }

  /** Tries whether a listener can have keys of its own, with a key of zeros; sends nothing. */
  boolean takesKeys() throws IOException {
    try (TrialSocket socket = TrialSocket.open()) {
      return tcp.setKeys(
          socket.fd(), ByteBuffer.allocateDirect(FastOpenKeys.KEY_BYTES), FastOpenKeys.KEY_BYTES);
    }
  }

  /**
   * Tries whether a listener of this process accepts data in a SYN, over loopback. Needs a client
   * side that is on. If the kernel has no TCP_FASTOPEN_NO_COOKIE, the first connect only asks for a
   * cookie.
   */
  boolean isServerOn() throws IOException {
    try (TrialSocket listener = TrialSocket.open()) {
      require("TCP_FASTOPEN", set(listener, LinuxSocketApi.TCP_FASTOPEN));
      set(listener, LinuxSocketApi.TCP_FASTOPEN_NO_COOKIE);
      ByteBuffer address = listener.listen();
      boolean accepted = false;
      for (int connects = 0; connects < 2 && !accepted; connects++) {
        accepted = isAccepted(address);
      }
      return accepted;
    }
  }

  private boolean isAccepted(ByteBuffer address) throws IOException {
    try (TrialSocket client = TrialSocket.open()) {
      set(client, LinuxSocketApi.TCP_FASTOPEN_NO_COOKIE);
      ByteBuffer data = ByteBuffer.allocateDirect(1);
      if (tcp.sendSyn(client.fd(), address, ADDRESS_LENGTH, data, 1) == NativeTcp.NOT_SENT) {
        throw new IOException(
            "connects of this process are plain, so the server side cannot be tested");
      }
      long start = System.nanoTime();
      while (!tcp.isAnswered(client.fd())) {
        if (System.nanoTime() - start > LONGEST_HANDSHAKE_NANOS) {
          throw new IOException("no answer over loopback");
        }
        LockSupport.parkNanos(PAUSE_NANOS);
      }
      return tcp.connectOutcome(client.fd()) == FastOpenOutcome.SYN_DATA_ACKED;
    }
  }

  private int set(TrialSocket socket, int option) {
    return sockets.setsockopt(socket.fd(), LinuxSocketApi.IPPROTO_TCP, option, on, Integer.BYTES);
  }

  private static void require(String option, int result) throws IOException {
    if (result < 0) {
      throw new IOException("setsockopt " + option + ": errno " + -result);
    }
  }
}
