package io.tfo.integration.stress;

import com.sun.jna.Function;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Sends signals to threads, as a profiler does. Unlike a profiler's, they do not restart system
 * calls: those fail with EINTR. The handler is {@code abs}, which has no effect.
 */
final class Signals {
  private static final int SIGPROF = 27; // asm-generic/signal.h
  private static final Set<Integer> THREADS = ConcurrentHashMap.newKeySet();
  private static final AtomicLong SENT = new AtomicLong();

  private Signals() {}

  /** Adds the calling thread to those that get signals. */
  static void sendToThisThread() {
    THREADS.add(C.gettid());
  }

  static void noMoreToThisThread() {
    THREADS.remove(C.gettid());
  }

  static void handle() {
    long abs = Pointer.nativeValue(Function.getFunction("c", "abs"));
    if (C.signal(SIGPROF, abs) == -1 || C.siginterrupt(SIGPROF, 1) != 0) {
      throw new IllegalStateException("SIGPROF cannot be handled");
    }
  }

  /** Sends one signal to each thread. */
  static void send() {
    int process = C.getpid();
    for (int thread : THREADS) {
      if (C.tgkill(process, thread, SIGPROF) == 0) {
        SENT.incrementAndGet();
      }
    }
  }

  static long sent() {
    return SENT.get();
  }

  private static final class C {
    static {
      Native.register(C.class, NativeLibrary.getInstance("c"));
    }

    static native int gettid();

    static native int getpid();

    static native int tgkill(int process, int thread, int signal);

    static native long signal(int signal, long handler);

    static native int siginterrupt(int signal, int flag);
  }
}
