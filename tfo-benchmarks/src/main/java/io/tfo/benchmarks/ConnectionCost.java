package io.tfo.benchmarks;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;

/** CPU time and elapsed time of a connection on loopback, measured in short turns. */
final class ConnectionCost implements Measurement {
  static final String EXCHANGE =
      "one connection after another: connect, 64 bytes, a reply of 64 bytes, close;";

  static final String CONNECTION = "One thread, " + EXCHANGE;

  static final String CPU_TITLE = "CPU time of a connection";

  /** Connects in a round: so few that a disturbance spoils only a small part of the rounds. */
  private static final int CONNECTS = 300;

  private static final int ROUNDS_PER_ROUND = 15;

  /** Connects of each of many threads: enough that all threads work most of the time. */
  private static final int CONNECTS_OF_EACH = 20;

  private static final int MANY_THREADS_ROUNDS_PER_ROUND = 4;

  private final List<Contender> contenders;
  private final String ending;
  private final int threads;
  private final int connects;
  private final int roundsPerRound;
  private final Samples thread = new Samples();
  private final Samples process = new Samples();
  private final Samples wall = new Samples();

  /**
   * Creates the measurement.
   *
   * @param contenders the contenders to compare
   * @param ending the end of the tables' titles
   */
  ConnectionCost(List<Contender> contenders, String ending) {
    this(contenders, ending, 1, CONNECTS, ROUNDS_PER_ROUND);
  }

  private ConnectionCost(
      List<Contender> contenders, String ending, int threads, int connects, int roundsPerRound) {
    this.contenders = contenders;
    this.ending = ending;
    this.threads = threads;
    this.connects = connects;
    this.roundsPerRound = roundsPerRound;
  }

  /** The same on many threads at once. */
  static ConnectionCost ofThreads(List<Contender> contenders, String ending, int threads) {
    return new ConnectionCost(
        contenders,
        ending + ", %d threads".formatted(threads),
        threads,
        threads * CONNECTS_OF_EACH,
        MANY_THREADS_ROUNDS_PER_ROUND);
  }

  @Override
  public List<Table> measure(Testbed testbed) throws Exception {
    int rounds = roundsPerRound * testbed.plan.rounds();
    for (int round = -roundsPerRound; round < rounds; round++) {
      Map<Contender, long[]> results = new EnumMap<>(Contender.class);
      for (Contender contender : testbed.shuffled(contenders)) {
        Testbed.Address server = testbed.near();
        results.put(
            contender,
            testbed
                .worker(contender)
                .ask(Testbed.LIMIT, "load", server.host(), server.port(), connects, threads));
      }
      if (round >= 0) { // the rounds before the first warm the JIT compiler up
        results.forEach(this::add);
      }
    }
    for (Contender contender : contenders) {
      thread.remark(contender.label, lower(thread, contender));
      process.remark(contender.label, lower(process, contender));
    }
    String how =
        (threads == 1 ? CONNECTION : "%d threads, each %s".formatted(threads, EXCHANGE))
            + " %d rounds of %,d for each on a core of its own, the server on another."
                .formatted(rounds, connects);
    String lower = " The last column has P10, P25 and P50, each with its ratio to the JDK's.";
    return List.of(
        new Table(
            CPU_TITLE + ending,
            "\u00b5s",
            Table.Better.LOWER,
            process.of(contenders),
            how + " User and system time of the client's whole process." + lower),
        new Table(
            CPU_TITLE + (threads == 1 ? ", its thread alone" : ", its threads alone") + ending,
            "\u00b5s",
            Table.Better.LOWER,
            thread.of(contenders),
            how
                + " User and system time of "
                + (threads == 1 ? "the thread that connects." : "the threads that connect.")
                + lower),
        new Table(
            "Time of a connection on loopback" + ending,
            "\u00b5s",
            Table.Better.LOWER,
            wall.of(contenders),
            how));
  }

  private void add(Contender contender, long[] nanos) {
    wall.add(contender.label, micros(nanos[0]));
    thread.add(contender.label, micros(nanos[1]));
    process.add(contender.label, micros(nanos[2]));
  }

  private double micros(long nanos) {
    return nanos / 1e3 / connects;
  }

  /**
   * Returns the lower quantiles. Other programs on the machine only add to a figure, so the lower
   * ones vary less.
   */
  private static String lower(Samples samples, Contender contender) {
    return DoubleStream.of(0.1, 0.25, 0.5)
        .mapToObj(
            share -> {
              double own = samples.quantile(contender.label, share);
              double others = samples.quantile(contender.baseline().label, share);
              return Markdown.value(own) + ": " + Markdown.ratio(own / others);
            })
        .collect(Collectors.joining("; "));
  }
}
