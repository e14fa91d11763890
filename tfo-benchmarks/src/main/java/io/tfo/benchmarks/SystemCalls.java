package io.tfo.benchmarks;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** The system calls of a connection, as {@code strace} counts them. */
final class SystemCalls implements Measurement {
  private static final String TITLE = "System calls of a connection";
  private static final Path STRACE = Path.of("/usr/bin/strace");
  private static final int CONNECTS = 1_000;
  private static final long LIMIT_SECONDS = 20;

  /** Fewer calls a connection than this come from something else: a timer, the collector. */
  private static final double RARE = 0.05;

  @Override
  public List<Table> measure(Testbed testbed) throws Exception {
    if (!Files.isExecutable(STRACE)) {
      return List.of(Table.none(TITLE, "there is no " + STRACE));
    }
    Samples figures = new Samples();
    for (Contender contender : Contender.UNTIMED) {
      Map<String, Double> calls = count(testbed, contender);
      if (calls.isEmpty()) {
        return List.of(Table.none(TITLE, "strace may not attach to a process here"));
      }
      figures.add(contender.label, calls.values().stream().mapToDouble(Double::doubleValue).sum());
      figures.remark(contender.label, listing(calls));
    }
    return List.of(
        new Table(
            TITLE,
            "calls",
            Table.Better.LOWER,
            figures.ofContenders(),
            "`strace -c -f` during %,d connections on loopback; all threads of the client."
                .formatted(CONNECTS)));
  }

  private static String listing(Map<String, Double> calls) {
    return calls.entrySet().stream()
        .map(
            call ->
                Math.abs(call.getValue() - 1) < RARE
                    ? call.getKey()
                    : "%s\u00d7%.3g".formatted(call.getKey(), call.getValue()))
        .collect(Collectors.joining(" "));
  }

  private static Map<String, Double> count(Testbed testbed, Contender contender) throws Exception {
    CommandProcess worker = testbed.worker(contender);
    Path counts = Files.createTempFile("strace", ".txt");
    Path messages = Files.createTempFile("strace", ".log");
    Process strace =
        new ProcessBuilder(
                STRACE.toString(), "-c", "-f", "-o", counts.toString(), "-p", "" + worker.pid())
            .redirectErrorStream(true)
            .redirectOutput(new File(messages.toString()))
            .start();
    try {
      if (!attached(strace, messages)) {
        return Map.of();
      }
      Testbed.Address server = testbed.near();
      worker.ask(Testbed.LIMIT, "load", server.host(), server.port(), CONNECTS);
      strace.destroy();
      strace.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS);
      return parse(Files.readAllLines(counts), CONNECTS);
    } finally {
      strace.destroyForcibly();
      Files.delete(counts);
      Files.delete(messages);
    }
  }

  /** Waits until strace reports that it is attached to all threads. */
  private static boolean attached(Process strace, Path messages)
      throws IOException, InterruptedException {
    for (int i = 0; i < 10 * LIMIT_SECONDS; i++) {
      if (Files.readString(messages).contains("attached")) {
        return true;
      }
      if (strace.waitFor(100, TimeUnit.MILLISECONDS)) {
        return false;
      }
    }
    return false;
  }

  /** The calls of one connection by name, without the rare ones. */
  static Map<String, Double> parse(List<String> counts, int connects) {
    Map<String, Double> calls = new TreeMap<>();
    for (String line : counts) {
      List<String> columns = List.of(line.strip().split(" +"));
      // % time, seconds, usecs/call, calls, errors if any, name
      String name = columns.get(columns.size() - 1);
      if (columns.size() >= 5
          && name.matches("[a-z_][a-z0-9_]*")
          && !name.equals("total")
          && columns.get(3).matches("\\d+")) {
        double each = Double.parseDouble(columns.get(3)) / connects;
        if (each >= RARE) {
          calls.put(name, each);
        }
      }
    }
    return calls;
  }
}
