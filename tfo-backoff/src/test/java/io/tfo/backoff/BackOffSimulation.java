package io.tfo.backoff;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Random;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestWatcher;

/** Runs simulated clients by a clock of its own, one event after the other. */
final class BackOffSimulation {
  /** Another one is a property. */
  private static final long SEED = Long.getLong("io.tfo.seed", 7413);

  final Random random = new Random(SEED);
  final BackOff backOff;

  private final PriorityQueue<Event> events =
      new PriorityQueue<>(Comparator.comparingLong(Event::at).thenComparingLong(Event::number));
  private long nanos;
  private long number;

  /** Prints the seed of a test that has failed. */
  static final class Seed implements TestWatcher {
    @Override
    public void testFailed(ExtensionContext test, Throwable failure) {
      System.out.println(test.getDisplayName() + " failed with -Dio.tfo.seed=" + SEED);
    }
  }

  private record Event(long at, long number, Runnable run) {}

  private BackOffSimulation(int destinations) {
    backOff = new BackOff(() -> nanos, destinations);
  }

  static BackOffSimulation withBackOff() {
    return new BackOffSimulation(1000);
  }

  static BackOffSimulation withoutBackOff() {
    return new BackOffSimulation(0);
  }

  static InetSocketAddress destination(int host, int port) {
    byte[] address = {10, (byte) (host >>> 16), (byte) (host >>> 8), (byte) host};
    try {
      return new InetSocketAddress(InetAddress.getByAddress(address), port);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  /** fe80::1 behind an interface. */
  static InetSocketAddress linkLocal(int scope, int port) throws UnknownHostException {
    byte[] address = InetAddress.getByName("fe80::1").getAddress();
    return new InetSocketAddress(Inet6Address.getByAddress(null, address, scope), port);
  }

  SimulatedPath path() {
    return new SimulatedPath(random);
  }

  /** A client that begins now. */
  SimulatedClient client(InetSocketAddress destination, SimulatedPath path) {
    SimulatedClient client = new SimulatedClient(this, destination, path);
    after(0, client::connect);
    return client;
  }

  void after(long delay, Runnable run) {
    events.add(new Event(nanos + delay, number++, run));
  }

  void run(Duration time) {
    long end = nanos + time.toNanos();
    while (!events.isEmpty() && events.element().at() <= end) {
      Event next = events.remove();
      nanos = next.at();
      next.run().run();
    }
    nanos = end;
  }
}
