package io.tfo.backend.bsd;

import io.tfo.lab.simulation.Handshake;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * FreeBSD's memory of servers, by address and port ({@code tcp_fastopen.c}): a cookie, or that the
 * path is disabled. Once a disabled path is tried again, its cookie is forgotten.
 */
final class FastOpenPaths {
  /** One server. */
  static final class Path {
    private final Queue<Handshake> underWay = new ConcurrentLinkedQueue<>();
    private boolean hasCookie;
    private boolean isDisabled;
    private long disabledAt;
  }

  private final Map<ByteBuffer, Path> paths = new ConcurrentHashMap<>();
  private final AtomicLong passed = new AtomicLong();
  private volatile Duration disableTime = Duration.ofMinutes(15);

  private long now() {
    return System.nanoTime() + passed.get();
  }

  /** Lets time pass. */
  void pass(Duration time) {
    passed.addAndGet(time.toNanos());
  }

  /** Sets {@code path_disable_time}. */
  void disableSeconds(int seconds) {
    disableTime = Duration.ofSeconds(seconds);
  }

  int disableSeconds() {
    return (int) disableTime.toSeconds();
  }

  /** Returns what is known of a server, by its address in the layout of Linux. */
  Path of(byte[] address) {
    // without the flow label and the scope, and with the port
    byte[] key = Arrays.copyOf(address, Math.min(address.length, 24));
    return paths.computeIfAbsent(ByteBuffer.wrap(key), server -> new Path());
  }

  /** A connect is under way. Its answer counts as soon as it is there. */
  void add(Path path, Handshake handshake) {
    path.underWay.add(handshake);
  }

  private static void settle(Path path) {
    path.underWay.removeIf(Handshake::settle);
  }

  boolean hasCookie(Path path) {
    settle(path);
    synchronized (path) {
      return path.hasCookie;
    }
  }

  boolean isDisabled(Path path) {
    settle(path);
    synchronized (path) {
      if (path.isDisabled && now() - path.disabledAt >= disableTime.toNanos()) {
        path.isDisabled = false;
        path.hasCookie = false;
      }
      return path.isDisabled;
    }
  }

  /** The SYN-ACK brought a cookie, or none. */
  void answered(Path path, boolean withCookie) {
    synchronized (path) {
      if (withCookie) {
        path.hasCookie = true;
      } else {
        path.isDisabled = true;
        path.disabledAt = now();
      }
    }
  }
}
