package io.tfo.socket;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.Executor;

/** What an {@link AddressRace} needs of the system. */
record Racing(Resolver resolver, Executor threads) {
  static final Racing OF_SYSTEM = new Racing(InetAddress::getAllByName, Racing::start);

  /** Resolves the name of a host. */
  interface Resolver {
    InetAddress[] resolve(String host) throws UnknownHostException;
  }

  private static void start(Runnable task) {
    Thread thread = new Thread(null, task, "io.tfo race", 0, false);
    thread.setDaemon(true);
    thread.start();
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
