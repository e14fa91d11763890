package io.tfo.jna;

import io.tfo.jdk.JdkSockets;
import io.tfo.jna.OverlappedConnect.Operation;
import java.io.FileDescriptor;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketImpl;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** The wait of a socket, with its timeout. An interrupt ends the wait of a virtual thread only. */
final class OverlappedSocketWait extends OverlappedWait {
  private final JdkSockets jdk;
  private final SocketImpl nio;
  private final FileDescriptor file;
  private final long most;
  private final long start = System.nanoTime();
  private boolean interrupted;

  /**
   * Begins a wait.
   *
   * @param mostMillis how long it may take; 0 for no limit
   */
  OverlappedSocketWait(JdkSockets jdk, SocketImpl nio, FileDescriptor file, long mostMillis) {
    this.jdk = jdk;
    this.nio = nio;
    this.file = file;
    this.most = TimeUnit.MILLISECONDS.toNanos(mostMillis);
  }

  /**
   * Waits for the operation.
   *
   * @return how many bytes of the data were sent, or {@link #CLOSED}
   */
  int awaitAnswer(Operation operation) throws IOException {
    try {
      return await(operation);
    } catch (InterruptedException e) {
      throw (IOException) new InterruptedIOException().initCause(e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  boolean awaitBriefly(Operation operation) throws IOException, InterruptedException {
    long left = most == 0 ? RECHECK.toNanos() : most - (System.nanoTime() - start);
    if (left <= 0) {
      throw new SocketTimeoutException("Connect timed out");
    }
    try {
      return operation.await(Duration.ofNanos(Math.min(left, RECHECK.toNanos())));
    } catch (InterruptedException e) {
      interrupted = true;
      if (jdk.isVirtual(Thread.currentThread())) {
        throw e;
      }
      return false;
    }
  }

  @Override
  Object lock() {
    return jdk.stateLock(nio);
  }

  @Override
  boolean isOpen() {
    return jdk.isOpen(nio);
  }

  @Override
  int fd() {
    return jdk.fd(file);
  }
}
