package io.tfo.spi;

import io.tfo.FastOpenKeySource;
import io.tfo.FastOpenKeys;
import io.tfo.log.ProgramLog;
import io.tfo.timer.DaemonTimer;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Gives listeners the keys of their sources, whenever these change. A daemon thread does it, and
 * runs while there is a listener. It reads the clock at each round, and never computes when a
 * change is due, so a step of the clock does not matter.
 */
final class KeyRotation {
  private final Clock clock;
  private final Duration pause;
  private final ThreadFactory threads;
  private final List<Follower<?>> followers = new CopyOnWriteArrayList<>();
  private @Nullable Thread thread;

  KeyRotation(Clock clock, Duration pause) {
    this(clock, pause, run -> DaemonTimer.thread("tfo-keys", run));
  }

  KeyRotation(Clock clock, Duration pause, ThreadFactory threads) {
    this.clock = clock;
    this.pause = pause;
    this.threads = threads;
  }

  /** The access to listeners of one kind. */
  interface Access<T> {
    boolean isOpen(T listener);

    /** Returns false if the listener can have no keys; it then follows its source no longer. */
    boolean setKeys(T listener, FastOpenKeys keys) throws IOException;
  }

  /**
   * One listener. A weak reference holds it, so one that a program forgets to close does not stay.
   */
  private static final class Follower<T> {
    private final WeakReference<T> listener;
    private final Access<T> access;
    private final FastOpenKeySource source;
    private @Nullable FastOpenKeys current;
    private @Nullable String problem;
    private volatile boolean ended;

    Follower(
        T listener,
        Access<T> access,
        FastOpenKeySource source,
        @Nullable FastOpenKeys current,
        @Nullable String problem) {
      this.listener = new WeakReference<>(listener);
      this.access = access;
      this.source = source;
      this.current = current;
      this.problem = problem;
    }

    boolean isOf(Object other) {
      return listener.get() == other;
    }

    /** Gives the listener its keys, and ends this follower where there is no more to do. */
    void step(Clock clock) {
      T target = listener.get();
      if (target == null || !access.isOpen(target)) {
        ended = true;
        replace(null);
        return;
      }
      try {
        set(target, source.keysAt(clock.instant()));
        problem = null;
      } catch (IOException | RuntimeException | Error e) {
        // An Error of one source must not end the thread, which all listeners share.
        tell(target, reason(e));
      }
    }

    /** Ends this follower if it is that listener's. If keys are being set, it waits for that. */
    void end(Object other) {
      if (isOf(other)) {
        synchronized (this) {
          ended = true;
        }
      }
    }

    private synchronized void set(T target, FastOpenKeys next) throws IOException {
      FastOpenKeys before = current;
      if (ended || (before != null && next.isSameAs(before))) {
        next.close();
      } else if (access.setKeys(target, next)) {
        replace(next);
      } else {
        next.close();
        ended = true;
      }
    }

    private void replace(@Nullable FastOpenKeys next) {
      if (current != null) {
        current.close();
      }
      current = next;
    }

    private void tell(T target, String reason) {
      if (!reason.equals(problem) && access.isOpen(target)) {
        problem = reason;
        warn("a listener keeps the keys that it has: " + reason);
      }
    }
  }

  /**
   * Makes a listener follow a source, and no other from then on. If the process can create no more
   * threads, that is logged, and the next call tries again. Until then the listener works with the
   * keys that it has.
   *
   * @param current the keys that it has now, a copy that this object closes; null if it has none of
   *     its own
   * @param told the {@link #reason} why it has none, which was logged; null if there is none
   */
  <T> void followFrom(
      T listener,
      Access<T> access,
      FastOpenKeySource source,
      @Nullable FastOpenKeys current,
      @Nullable String told) {
    try {
      begin(listener, new Follower<>(listener, access, source, current, told));
    } catch (OutOfMemoryError | RuntimeException e) { // the first: there is no thread left
      warn("listeners keep the keys that they have until another one is opened: " + e);
    }
  }

  /** Does the same if no reason was logged. */
  <T> void follow(
      T listener, Access<T> access, FastOpenKeySource source, @Nullable FastOpenKeys current) {
    followFrom(listener, access, source, current, null);
  }

  private synchronized void begin(Object listener, Follower<?> follower) {
    end(listener);
    followers.add(follower);
    if (thread == null) {
      Thread next = threads.newThread(this::run);
      next.start();
      thread = next; // not before: a thread that could not be started never ends
    }
  }

  /** Returns the text that is logged for a failure, once. */
  static String reason(Throwable e) {
    return e instanceof IOException && e.getMessage() != null ? e.getMessage() : String.valueOf(e);
  }

  static void warn(String text) {
    ProgramLog.log(System.Logger.Level.WARNING, text);
  }

  /** Ends the following of any source by a listener. */
  void end(Object listener) {
    for (Follower<?> each : followers) {
      each.end(listener);
    }
  }

  /** No lock is held while a source is asked: it may be slow. */
  private void run() {
    try {
      while (hasFollowers()) {
        LockSupport.parkNanos(this, pause.toNanos());
        boolean unused = Thread.interrupted(); // else the next park would return at once
        for (Follower<?> each : followers) {
          if (!each.ended) {
            each.step(clock);
          }
        }
      }
    } finally {
      forget(Thread.currentThread());
    }
  }

  private synchronized boolean hasFollowers() {
    followers.removeIf(each -> each.ended);
    if (followers.isEmpty()) {
      thread = null;
      return false;
    }
    return true;
  }

  /**
   * Forgets a thread that ends, unless another has started since this one had nothing left to do.
   */
  private synchronized void forget(Thread ending) {
    if (thread == ending) {
      thread = null;
    }
  }
}
