package io.tfo.lab.simulation;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/**
 * A connect whose SYN was sent. It sends the data that the system queues meanwhile as soon as Linux
 * accepts it. Until then it keeps the socket open, as a kernel does that still delivers the data of
 * a closed socket.
 */
public final class Handshake {
  private static final long SLICE_MILLIS = 50;
  private static final long MOST_MILLIS = 60_000;

  /** How long a socket is kept after its program has closed it. */
  private static final long KEPT_MILLIS = 2_000;

  private final int fd;
  private final long socket;

  /** A descriptor of its own, so that a close does not end the connection. */
  private final int own;

  private final Answer answer;
  private final ByteArrayOutputStream queue = new ByteArrayOutputStream();
  private boolean isOver;

  /** Called once with the answer to the SYN. */
  @FunctionalInterface
  public interface Answer {
    /**
     * Handles the answer.
     *
     * @param fd a descriptor of the socket
     * @param info its {@link LinuxCalls#tcpInfo}; the connection may have ended since the answer
     */
    void received(int fd, ByteBuffer info);
  }

  private Handshake(int fd, byte[] queued, Answer answer) {
    this.fd = fd;
    this.socket = LinuxCalls.cookie(fd);
    this.own = LinuxCalls.dup(fd);
    this.answer = answer;
    queue.writeBytes(queued);
  }

  /**
   * Watches a connect that is under way.
   *
   * @param fd the socket
   * @param queued the data that the SYN does not carry
   * @param answer called with the answer
   */
  public static Handshake begin(int fd, byte[] queued, Answer answer) {
    Handshake handshake = new Handshake(fd, queued, answer);
    Thread thread = new Thread(handshake::run, "simulated-handshake");
    thread.setDaemon(true);
    thread.start();
    return handshake;
  }

  /** Queues more data; returns false, and queues nothing, if the SYN is answered. */
  public synchronized boolean append(byte[] data) {
    if (!isOver) {
      queue.writeBytes(data);
    }
    return !isOver;
  }

  /** Waits for the answer. */
  public synchronized void await(long millis) {
    long deadline = System.nanoTime() + millis * 1_000_000;
    try {
      for (long left = millis; !isOver && left > 0; ) {
        wait(left);
        left = (deadline - System.nanoTime()) / 1_000_000;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Handles the answer now, if it has come. */
  public synchronized boolean settle() {
    int happened = isOver ? 0 : LinuxCalls.poll(own, 0);
    if (happened != 0) {
      settle((happened & (LinuxCalls.POLLERR | LinuxCalls.POLLHUP)) != 0);
    }
    return isOver;
  }

  private void settle(boolean failed) {
    if (!failed && queue.size() > 0) {
      LinuxCalls.send(own, queue.toByteArray());
    }
    ByteBuffer info = LinuxCalls.tcpInfo(own);
    if (info != null) {
      answer.received(own, info);
    }
    end();
  }

  private void end() {
    isOver = true;
    notifyAll();
  }

  private void run() {
    try {
      long closed = 0;
      for (long waited = 0; waited < MOST_MILLIS && closed < KEPT_MILLIS; waited += SLICE_MILLIS) {
        LinuxCalls.poll(own, SLICE_MILLIS);
        if (settle()) {
          return;
        }
        closed += LinuxCalls.cookie(fd) == socket ? 0 : SLICE_MILLIS;
      }
      synchronized (this) {
        end();
      }
    } finally {
      LinuxCalls.close(own);
    }
  }
}
