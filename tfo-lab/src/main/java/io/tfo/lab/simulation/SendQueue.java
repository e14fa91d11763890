package io.tfo.lab.simulation;

import java.util.Arrays;

/**
 * Sends the data that 4.4BSD queues on a socket before the handshake is done. Linux does not queue
 * it, so it is sent as soon as Linux takes it.
 */
final class SendQueue {
  /** Without an answer in this time, the data is sent in the background. */
  private static final long SOON_MILLIS = 300;

  /** The wait if the SYN has some of the data: if the SYN is lost, the handshake takes a second. */
  private static final long RETRANSMITTED_MILLIS = 3_000;

  private static final long SLICE_MILLIS = 50;
  private static final long MOST_MILLIS = 60_000;

  private SendQueue() {}

  /**
   * Queues the data that the SYN has not taken. Waits up to 0.3 seconds for the handshake, 3 if the
   * SYN has some of the data.
   *
   * @param inSyn how many bytes the SYN has
   * @return how many bytes the kernel has now, in the SYN and queued
   */
  static int queue(int fd, byte[] data, int inSyn) {
    if (inSyn == data.length) {
      return inSyn;
    }
    int happened = LinuxCalls.poll(fd, inSyn == 0 ? SOON_MILLIS : RETRANSMITTED_MILLIS);
    if (happened == 0) {
      if (inSyn == 0) {
        sendLater(fd, data);
        return data.length;
      }
      return inSyn;
    }
    return hasFailed(happened) ? data.length : inSyn + send(fd, data, inSyn);
  }

  private static boolean hasFailed(int happened) {
    return (happened & (LinuxCalls.POLLERR | LinuxCalls.POLLHUP)) != 0;
  }

  private static int send(int fd, byte[] data, int from) {
    return Math.max(0, LinuxCalls.send(fd, Arrays.copyOfRange(data, from, data.length)));
  }

  /** Sends by its own descriptor, which is closed once the socket's descriptor is closed. */
  private static void sendLater(int fd, byte[] data) {
    long socket = LinuxCalls.cookie(fd);
    int own = LinuxCalls.dup(fd);
    Thread thread =
        new Thread(
            () -> {
              try {
                for (long waited = 0;
                    waited < MOST_MILLIS && LinuxCalls.cookie(fd) == socket;
                    waited += SLICE_MILLIS) {
                  int happened = LinuxCalls.poll(own, SLICE_MILLIS);
                  if (happened != 0) {
                    if (!hasFailed(happened)) {
                      send(own, data, 0);
                    }
                    return;
                  }
                }
              } finally {
                LinuxCalls.close(own);
              }
            },
            "simulated-send-queue");
    thread.setDaemon(true);
    thread.start();
  }
}
