package io.tfo.backoff;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.function.IntConsumer;

/**
 * Prints the constants of docs/scale.md: bytes of an entry and nanoseconds of a call, by tables
 * with as many destinations as its first argument says. The second one chooses the table, {@code
 * known} or {@code lost}: each is measured in a JVM of its own.
 */
final class TableCosts {
  private static final int ROUNDS = 41;

  private final int count;
  private final InetSocketAddress[] keys;

  private TableCosts(int count) {
    this.count = count;
    this.keys = new InetSocketAddress[count];
    for (int i = 0; i < count; i++) {
      keys[i] = BackOffSimulation.destination(i, 443);
    }
  }

  public static void main(String[] args) throws Exception {
    int count = Integer.parseInt(args[0]);
    System.out.printf("%,d destinations, JDK %s%n", count, Runtime.version());
    long before = used();
    TableCosts costs = new TableCosts(count);
    bytes("address and port, each of its own", before, count);
    if (args[1].equals("known")) {
      costs.known();
    } else {
      costs.losses();
      costs.eviction();
    }
  }

  private void known() throws Exception {
    long before = used();
    KnownDestinations known = new KnownDestinations(2 * count, Duration.ofDays(1));
    each(i -> known.add(keys[i], i));
    bytes("known destination, without its address", before, count);
    time("a look-up of a known destination", i -> known.contains(keys[i], count));
    KnownDestinations small = new KnownDestinations(count / 10, Duration.ofDays(1));
    time(
        "a look-up and an addition where ten times the bound are in use",
        i -> small.add(keys[i], i));
    for (double share : new double[] {2, 1.3, 1, 0.5, 0.1}) {
      System.out.printf(
          "bound %.1f of the destinations: %.0f %% of look-ups find theirs%n",
          share, 100 * found((int) (share * count)));
    }
    keep(known, small);
  }

  /** The share of look-ups of random destinations, after as many as fill the set several times. */
  private double found(int most) {
    KnownDestinations known = new KnownDestinations(most, Duration.ofDays(1));
    Random random = new Random(1);
    int found = 0;
    int all = 20 * count;
    for (int i = 0; i < 2 * all; i++) {
      InetSocketAddress key = keys[random.nextInt(count)];
      found += i >= all && known.contains(key, i) ? 1 : 0;
      known.add(key, i);
    }
    return found / (double) all;
  }

  private void losses() throws Exception {
    long before = used();
    BackOff backOff = new BackOff(System::nanoTime, 2 * count);
    each(i -> backOff.retransmitted(keys[i], backOff.now(), true));
    bytes("destination with a lost SYN, without its address", before, count);
    time("a look-up in the back-off", i -> backOff.admits(keys[i], 0));
    time("an answer while losses are known", i -> backOff.answered(keys[i], 0, true));
    BackOff empty = new BackOff(System::nanoTime, count);
    time("a look-up in an empty back-off", i -> empty.admits(keys[i], 0));
    keep(backOff, empty);
  }

  /** The longest of all calls is the one that made room. */
  private void eviction() {
    BackOff backOff = new BackOff(System::nanoTime, count - count / 20);
    long[] nanos = new long[count];
    each(
        i -> {
          long start = System.nanoTime();
          backOff.retransmitted(keys[i], start, true);
          nanos[i] = System.nanoTime() - start;
        });
    Arrays.sort(nanos);
    System.out.printf("making room for a tenth of the back-off: %.1f ms%n", nanos[count - 1] / 1e6);
  }

  private void each(IntConsumer call) {
    for (int i = 0; i < count; i++) {
      call.accept(i);
    }
  }

  private void time(String name, IntConsumer call) {
    double[] nanos = new double[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
      long start = System.nanoTime();
      each(call);
      nanos[round] = (System.nanoTime() - start) / (double) count;
    }
    Arrays.sort(nanos);
    System.out.printf(
        "%s: %.0f ns (lower quartile of %d rounds)%n", name, nanos[ROUNDS / 4], ROUNDS);
  }

  private static void bytes(String name, long before, int count) throws Exception {
    System.out.printf("%s: %.0f bytes%n", name, (used() - before) / (double) count);
  }

  private static long used() throws Exception {
    long used = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      System.gc();
      Runtime runtime = Runtime.getRuntime();
      used = Math.min(used, runtime.totalMemory() - runtime.freeMemory());
    }
    return used;
  }

  /** Keeps the tables reachable up to here. */
  private static void keep(Object... tables) {
    if (Arrays.asList(tables).contains(null)) {
      throw new AssertionError();
    }
  }
}
