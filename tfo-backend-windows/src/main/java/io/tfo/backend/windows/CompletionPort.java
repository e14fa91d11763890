package io.tfo.backend.windows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The I/O completion port of all connects, and the one thread that waits at it: so no connect waits
 * in a native call. If a socket has a port, Windows does not cancel its operation when the thread
 * that began it ends; with an event, it does.
 */
final class CompletionPort {
  /**
   * Failures in a row after which the port counts as broken; each is followed by a longer pause.
   */
  private static final int MOST_FAILURES = 20;

  private static final long PAUSE_NANOS = 1_000_000;

  private final WindowsSocketApi sockets;
  private final int pointerSize;
  private final long port;
  private final List<ConnectOperation> all = new ArrayList<>();
  private final ConcurrentLinkedQueue<ConnectOperation> free = new ConcurrentLinkedQueue<>();
  private volatile boolean open = true;

  private CompletionPort(WindowsSocketApi sockets, int pointerSize, long port) {
    this.sockets = sockets;
    this.pointerSize = pointerSize;
    this.port = port;
  }

  /** Opens a port, and starts the thread that waits at it as long as the process lives. */
  static CompletionPort open(WindowsSocketApi sockets, int pointerSize) throws IOException {
    long port =
        sockets.CreateIoCompletionPort(
            WindowsSocketApi.INVALID_HANDLE_VALUE, 0, 0, /* threads= */ 1);
    if (port < 0) {
      throw WsaError.exception("CreateIoCompletionPort", (int) port);
    }
    CompletionPort opened = new CompletionPort(sockets, pointerSize, port);
    thread(opened).start();
    return opened;
  }

  /**
   * Creates a thread that inherits nothing from the one that connects first: no thread locals, no
   * context class loader and, on JDK 17, not the protection domains of the callers.
   */
  @SuppressWarnings("removal")
  private static Thread thread(CompletionPort port) {
    return AccessController.doPrivileged(
        (PrivilegedAction<Thread>)
            () -> {
              Thread thread = new Thread(null, port::run, "tfo-connect-completions", 0, false);
              thread.setContextClassLoader(null);
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Returns an operation for a socket, whose completions come to this port from now on.
   *
   * @return null if the socket cannot be associated with the port
   */
  @Nullable ConnectOperation operation(int fd) {
    if (!open) {
      return null;
    }
    ConnectOperation reused = free.poll();
    ConnectOperation operation = reused != null ? reused : add();
    if (sockets.CreateIoCompletionPort(fd, port, operation.number, 0) < 0) {
      free.add(operation);
      return null;
    }
    return operation;
  }

  private ConnectOperation add() {
    synchronized (all) {
      ConnectOperation added = new ConnectOperation(sockets, free::add, all.size(), pointerSize);
      all.add(added);
      return added;
    }
  }

  private void run() {
    ByteBuffer bytes = word();
    ByteBuffer key = word();
    ByteBuffer overlapped = word();
    try {
      int failures = 0;
      while (failures < MOST_FAILURES) {
        overlapped.putLong(0, 0);
        key.putLong(0, 0);
        int unused =
            sockets.GetQueuedCompletionStatus(
                port, bytes, key, overlapped, WindowsSocketApi.INFINITE);
        if (overlapped.getLong(0) == 0) {
          // This is not the error of a connect: that comes with its operation.
          failures++;
          LockSupport.parkNanos(failures * PAUSE_NANOS);
        } else {
          failures = 0;
          complete((int) pointer(key));
        }
      }
    } finally {
      // Waiting connects must not wait for ever, and later ones are plain.
      open = false;
      synchronized (all) {
        all.forEach(ConnectOperation::complete);
      }
    }
  }

  private void complete(int number) {
    ConnectOperation operation;
    synchronized (all) {
      operation = number >= 0 && number < all.size() ? all.get(number) : null;
    }
    if (operation != null) {
      operation.complete();
      operation.release();
    }
  }

  private long pointer(ByteBuffer word) {
    return pointerSize == Long.BYTES ? word.getLong(0) : word.getInt(0);
  }

  private static ByteBuffer word() {
    return ByteBuffer.allocateDirect(Long.BYTES).order(ByteOrder.nativeOrder());
  }
}
