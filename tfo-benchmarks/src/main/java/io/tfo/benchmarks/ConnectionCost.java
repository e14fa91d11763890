package io.tfo.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** CPU time, time and allocation of a connection on loopback, by JMH: a fork for each figure. */
final class ConnectionCost implements Measurement {
  private static final String ALLOCATED = "gc.alloc.rate.norm";
  private static final long FORK_LIMIT_SECONDS = 120;

  private final Rounds cpu = new Rounds();
  private final Rounds wall = new Rounds();
  private final Rounds bytes = new Rounds();
  private final Rounds user = new Rounds();
  private final Rounds system = new Rounds();

  @Override
  public List<Table> measure(Bench bench) throws Exception {
    System.setProperty("jmh.ignoreLock", "true"); // a file of the whole machine
    Path java = pinnedJava();
    try {
      for (int fork = 0; fork < bench.plan.forks(); fork++) {
        Map<Rival, RunResult> results = new EnumMap<>(Rival.class);
        for (Rival rival : bench.shuffled(List.of(Rival.values()))) {
          results.put(rival, fork(bench, rival, java));
        }
        results.forEach(this::add);
      }
    } finally {
      Files.delete(java);
    }
    for (Rival rival : Rival.values()) {
      cpu.remark(rival.label, remark(rival));
    }
    String how =
        "One thread, one connection after another: connect, 64 bytes, a reply of 64 bytes, close;"
            + " %d forks of JMH for each, on a core of their own, the server on another. "
                .formatted(bench.plan.forks());
    return List.of(
        new Table(
            "CPU time of a connection",
            "\u00b5s",
            Table.Better.LOWER,
            cpu.ofRivals(),
            how + "User and system time of the client's whole process."),
        new Table(
            "Time of a connection on loopback",
            "\u00b5s",
            Table.Better.LOWER,
            wall.ofRivals(),
            how),
        new Table(
            "Heap allocated by a connection",
            "bytes",
            Table.Better.LOWER,
            bytes.ofRivals(),
            how + "All threads, by JMH's profiler gc."));
  }

  private void add(Rival rival, RunResult result) {
    double userMicros = secondary(result, CpuProfiler.USER) / 1e3;
    double systemMicros = secondary(result, CpuProfiler.SYSTEM) / 1e3;
    cpu.add(rival.label, userMicros + systemMicros);
    user.add(rival.label, userMicros);
    system.add(rival.label, systemMicros);
    wall.add(rival.label, result.getPrimaryResult().getScore() / 1e3);
    bytes.add(rival.label, secondary(result, ALLOCATED));
  }

  private String remark(Rival rival) {
    return "user %.1f, system %.1f; %,.0f connections a second and core"
        .formatted(
            user.spread(rival.label).median(),
            system.spread(rival.label).median(),
            1e6 / cpu.spread(rival.label).median());
  }

  private static double secondary(RunResult result, String name) {
    Result<?> found = result.getSecondaryResults().get(name);
    if (found == null) {
      throw new IllegalStateException(
          "JMH has no " + name + " but " + result.getSecondaryResults().keySet());
    }
    return found.getScore();
  }

  /** On a thread of the client's host: JMH's fork has the network of who starts it. */
  private static RunResult fork(Bench bench, Rival rival, Path java) throws Exception {
    Options options =
        new OptionsBuilder()
            .include(ConnectionBenchmark.class.getName())
            .param("rival", rival.name())
            .param("port", String.valueOf(bench.near().port()))
            .forks(1)
            .warmupIterations(3)
            .warmupTime(TimeValue.seconds(1))
            .measurementIterations(1)
            .measurementTime(TimeValue.milliseconds(bench.plan.iteration().toMillis()))
            .jvm(java.toString())
            .jvmArgs(
                Launch.of(Jdk.running()).with(rival.jvmOptions).options().toArray(String[]::new))
            .addProfiler(GCProfiler.class)
            .addProfiler(CpuProfiler.class)
            .shouldFailOnError(true)
            .verbosity(VerboseMode.SILENT)
            .build();
    Callable<RunResult> run = () -> new Runner(options).runSingle();
    Future<RunResult> result = bench.lab.client().start(run);
    try {
      return result.get(FORK_LIMIT_SECONDS, TimeUnit.SECONDS);
    } finally {
      result.cancel(true);
    }
  }

  /** JMH takes one file as its JVM: so the core is chosen by a script. */
  private static Path pinnedJava() throws IOException {
    String command =
        String.join(" ", Bench.firstCore()) + " \"" + Jdk.running().java() + "\" \"$@\"";
    Path script =
        Files.createTempFile(
            "java",
            ".sh",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    return Files.writeString(script, "#!/bin/sh\nexec " + command + "\n");
  }
}
