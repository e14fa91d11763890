package io.tfo.backend.windows;

import io.tfo.lab.simulation.LinuxCalls;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A ConnectEx from its beginning on. Until the context is updated, the descriptor refers to a
 * stand-in, an unconnected socket, and this object holds the connecting one. So whatever the JDK
 * does with the descriptor fails, as on Windows.
 */
final class ConnectExCall {
  private static final long STATUS_PENDING = 0x103;
  private static final int INTERNAL = 0;
  private static final int INTERNAL_HIGH = 8;

  final long id;
  final SimulatedSocket socket;
  final Thread issuer = Thread.currentThread();

  /** The descriptor that the JDK knows. */
  final int fd;

  final long standInCookie;

  /** Weak, so that the simulation does not keep the caller's memory alive. */
  private final WeakReference<ByteBuffer> overlapped;

  private final WeakReference<ByteBuffer> lent;
  private final byte[] data;
  private final Deviation deviation;
  private int real;
  private int sent;
  private long doneAt;
  private int error;
  private boolean cancelled;
  private volatile boolean complete;

  ConnectExCall(
      long id,
      SimulatedSocket socket,
      int fd,
      ByteBuffer overlapped,
      ByteBuffer lent,
      byte[] data,
      int sent,
      Deviation deviation) {
    this.id = id;
    this.socket = socket;
    this.fd = fd;
    this.overlapped = new WeakReference<>(overlapped);
    this.lent = new WeakReference<>(lent);
    this.data = data;
    this.sent = sent;
    this.deviation = deviation;
    overlapped.putLong(INTERNAL, STATUS_PENDING);
    this.real = LinuxCalls.dup(fd);
    int standIn = LinuxCalls.socket(socket.family);
    this.standInCookie = LinuxCalls.cookie(standIn);
    LinuxCalls.replace(fd, standIn);
    LinuxCalls.close(standIn);
  }

  boolean isComplete() {
    return complete;
  }

  boolean holdsRealSocket() {
    return real >= 0;
  }

  int error() {
    return error;
  }

  int sent() {
    return sent;
  }

  boolean uses(ByteBuffer memory) {
    return overlapped.get() == memory;
  }

  void failWith(int code) {
    error = code;
    doneAt = System.nanoTime();
  }

  /** Cancels the operation; false if it is too late. */
  boolean cancel() {
    if (complete || deviation.cancelLoses()) {
      return false;
    }
    cancelled = true;
    return true;
  }

  boolean isClosed() {
    return LinuxCalls.cookie(fd) != standInCookie;
  }

  /**
   * Advances the operation as far as it can without waiting.
   *
   * @return whether it is complete now
   */
  boolean advance() {
    if (isClosed() || cancelled || (socket.port == null && !issuer.isAlive())) {
      error = Wsa.ERROR_OPERATION_ABORTED;
      return end();
    }
    if (doneAt == 0 && LinuxCalls.poll(real, 0) != 0) {
      int errno = LinuxCalls.takeError(real);
      if (errno != 0) {
        failWith(Wsa.ofErrno(errno));
      } else {
        sendRest();
      }
    }
    if (doneAt == 0 || System.nanoTime() - doneAt < deviation.late().toNanos()) {
      return false;
    }
    if (deviation.error() != 0) {
      error = deviation.error();
    }
    return end();
  }

  private void sendRest() {
    int most = Math.min(data.length, deviation.mostSent());
    while (sent < most) {
      int result = LinuxCalls.send(real, Arrays.copyOfRange(data, sent, most));
      if (result == -LinuxCalls.EAGAIN) {
        return;
      }
      if (result < 0) {
        failWith(Wsa.ofErrno(-result));
        return;
      }
      sent += result;
    }
    doneAt = System.nanoTime();
  }

  private boolean end() {
    if (error != 0) {
      sent = 0;
      closeReal();
    }
    return true;
  }

  /** Writes the result, and gives the memory back to the caller. */
  void complete(Violations violations) {
    ByteBuffer result = overlapped.get();
    ByteBuffer bytes = lent.get();
    if (result == null || bytes == null) {
      violations.add("memory that ConnectEx was lent was freed before its completion");
    } else {
      if (result.getLong(INTERNAL) != STATUS_PENDING) {
        violations.add("an OVERLAPPED was used again before its completion");
      }
      for (int i = 0; i < data.length; i++) {
        if (bytes.get(i) != data[i]) {
          violations.add("data that ConnectEx was lent was changed before its completion");
          break;
        }
      }
      result.putLong(INTERNAL, error == 0 ? 0 : 0xc0000000L + error);
      result.putLong(INTERNAL_HIGH, sent);
    }
    complete = true;
    if (socket.port != null) {
      socket.port.packets.add(
          new SimulatedPort.Packet(socket.key, id, sent, error == 0 ? 0 : Wsa.win32(error)));
    }
  }

  /** Makes the descriptor refer to the connection. */
  void updateContext() {
    LinuxCalls.replace(fd, real);
    closeReal();
  }

  void closeReal() {
    if (real >= 0) {
      LinuxCalls.close(real);
      real = -1;
    }
  }
}
