package io.tfo.socket;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Connects to the first of a host's addresses that answers (RFC 8305). The calling thread tries one
 * address after the other. While an address does not answer, one more thread joins it every 250
 * milliseconds. So a host whose first address answers costs no thread, and no time.
 */
final class AddressRace {
  /** The Connection Attempt Delay that RFC 8305 recommends, section 5. */
  private static final Duration ATTEMPT_DELAY = Duration.ofMillis(250);

  private final List<InetSocketAddress> addresses;
  private final SocketCreation creation;
  private final @Nullable InetSocketAddress local;
  private final Racing how;
  private final CompletableFuture<Socket> winner = new CompletableFuture<>();

  /**
   * The only reference to this race that a task of the timer has; null when the race is over. The
   * timer keeps a task for its whole delay, and would keep the sockets with it.
   */
  private final AtomicReference<@Nullable AddressRace> running = new AtomicReference<>();

  // Guarded by this object's monitor.
  private final List<Socket> connecting = new ArrayList<>();
  private final Throwable[] failures;
  private int begun;
  private int ended;

  /**
   * Prepares a race.
   *
   * @param addresses at least one, in the order in which they are tried
   * @param local the address to bind each socket to
   * @param how the timer, and the threads that join the calling one
   */
  AddressRace(
      List<InetSocketAddress> addresses,
      SocketCreation creation,
      @Nullable InetSocketAddress local,
      Racing how) {
    this.addresses = addresses;
    this.creation = creation;
    this.local = local;
    this.how = how;
    this.failures = new Throwable[addresses.size()];
  }

  /** Alternates the families, that of the first address first (RFC 8305, section 4). */
  static List<InetAddress> interleaved(InetAddress[] addresses) {
    List<InetAddress> ofFirst = new ArrayList<>();
    List<InetAddress> ofOther = new ArrayList<>();
    for (InetAddress address : addresses) {
      (address.getClass() == addresses[0].getClass() ? ofFirst : ofOther).add(address);
    }
    List<InetAddress> result = new ArrayList<>();
    for (int i = 0; i < addresses.length; i++) {
      if (i < ofFirst.size()) {
        result.add(ofFirst.get(i));
      }
      if (i < ofOther.size()) {
        result.add(ofOther.get(i));
      }
    }
    return result;
  }

  /**
   * Runs the race.
   *
   * @return the socket that is connected; the others are closed
   * @throws IOException that of the first address, with those of the others suppressed, if none
   *     answers
   */
  Socket run() throws IOException {
    running.set(this);
    try {
      compete();
      return await();
    } finally {
      running.set(null);
    }
  }

  private void compete() {
    for (int next = next(); next >= 0; next = next()) {
      tryAddress(next);
    }
  }

  /** The index of the next address; -1 if there is none, or the race is over. */
  private synchronized int next() {
    if (winner.isDone() || begun == addresses.size()) {
      return -1;
    }
    int next = begun++;
    // Two sockets cannot be bound to one port at a time.
    boolean together = local == null || local.getPort() == 0;
    if (together && begun < addresses.size()) {
      joinLater(begun);
    }
    return next;
  }

  private void joinLater(int next) {
    AtomicReference<@Nullable AddressRace> later = running;
    try {
      how.timer().run(() -> joinNow(later.get(), next), ATTEMPT_DELAY);
    } catch (OutOfMemoryError e) { // no thread can be created
      // One address is tried after the other.
    }
  }

  private static void joinNow(@Nullable AddressRace race, int next) {
    if (race != null && race.isNext(next)) {
      race.how.threads().execute(() -> race.join(next));
    }
  }

  /** Competes on one more thread, unless another has begun with that address meanwhile. */
  private void join(int next) {
    if (isNext(next)) {
      compete();
    }
  }

  private synchronized boolean isNext(int index) {
    return begun == index && !winner.isDone();
  }

  private void tryAddress(int index) {
    try {
      Socket socket = creation.create();
      if (enter(socket)) {
        FastOpenSocketFactory.connect(socket, addresses.get(index), local);
        if (winner.complete(socket)) {
          closeAllBut(socket);
          return;
        }
      }
      socket.close();
      ended(index, new SocketException("Another address was faster"));
    } catch (Throwable e) {
      ended(index, e);
    }
  }

  private synchronized boolean enter(Socket socket) {
    connecting.add(socket);
    return !winner.isDone();
  }

  private synchronized void ended(int index, Throwable failure) {
    failures[index] = failure;
    if (++ended == addresses.size()) {
      for (Throwable other : failures) {
        if (other != failures[0]) { // a factory may throw the same one each time
          failures[0].addSuppressed(other);
        }
      }
      winner.completeExceptionally(failures[0]);
    }
  }

  private void closeAllBut(@Nullable Socket connected) {
    List<Socket> losers;
    synchronized (this) {
      losers = List.copyOf(connecting);
    }
    for (Socket loser : losers) {
      if (loser != connected) {
        try {
          loser.close();
        } catch (IOException e) {
          // It is not used.
        }
      }
    }
  }

  /** Waits as the JDK's connect does: an interrupt ends the wait of a virtual thread only. */
  private Socket await() throws IOException {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return winner.get();
        } catch (InterruptedException e) {
          interrupted = true;
          if (isVirtual(Thread.currentThread())
              && winner.completeExceptionally(new SocketException("Closed by interrupt"))) {
            closeAllBut(null);
          }
        }
      }
    } catch (ExecutionException e) {
      throw thrown(e.getCause());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** {@code Thread.isVirtual} is newer than JDK 17. */
  private static boolean isVirtual(Thread thread) {
    return thread.getClass() != Thread.class
        && thread.getClass().getPackageName().equals("java.lang");
  }

  private static IOException thrown(@Nullable Throwable e) {
    if (e instanceof Error error) {
      throw error;
    }
    if (e instanceof RuntimeException unchecked) {
      throw unchecked;
    }
    return e instanceof IOException declared ? declared : new IOException(e);
  }
}
