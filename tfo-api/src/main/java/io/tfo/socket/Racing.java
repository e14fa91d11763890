package io.tfo.socket;

import io.tfo.timer.DaemonTimer;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;

/** The resolver, the timer and the threads of an {@link AddressRace}. */
record Racing(Resolver resolver, Timer timer, Executor threads) {
  static final Racing OF_SYSTEM =
      new Racing(InetAddress::getAllByName, DaemonTimer::run, Racing::start);

  /** Resolves the name of a host. */
  interface Resolver {
    InetAddress[] resolve(String host) throws UnknownHostException;
  }

  /** Runs a task after a delay. */
  interface Timer {
    void run(Runnable task, Duration delay);
  }

  private static void start(Runnable task) {
    DaemonTimer.thread("io.tfo race", task).start();
  }

  /** The addresses of a host in the order of the race; none if it is unknown. */
  List<InetAddress> addresses(String host) {
    try {
      return AddressRace.interleaved(resolver.resolve(host));
    } catch (UnknownHostException e) {
      return List.of(); // the JDK's connect finds the same, and throws it
    }
  }
}
