package io.tfo.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
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

/** What a connection on loopback allocates, by JMH: a fork for each figure. */
final class Allocation implements Measurement {
  private static final String ALLOCATED = "gc.alloc.rate.norm";
  private static final long FORK_LIMIT_SECONDS = 120;

  @Override
  public List<Table> measure(Testbed bench) throws Exception {
    System.setProperty("jmh.ignoreLock", "true"); // a file of the whole machine
    Samples bytes = new Samples();
    Path java = pinnedJava();
    try {
      for (int fork = 0; fork < bench.plan.forks(); fork++) {
        for (Contender rival : bench.shuffled(List.of(Contender.values()))) {
          bytes.add(rival.label, allocated(fork(bench, rival, java)));
        }
      }
    } finally {
      Files.delete(java);
    }
    return List.of(
        new Table(
            "Heap allocated by a connection",
            "bytes",
            Table.Better.LOWER,
            bytes.ofRivals(),
            ConnectionCost.CONNECTION
                + " on loopback; all threads, by JMH's profiler gc in %d forks for each."
                    .formatted(bench.plan.forks())));
  }

  private static double allocated(RunResult result) {
    Result<?> found = result.getSecondaryResults().get(ALLOCATED);
    if (found == null) {
      throw new IllegalStateException(
          "JMH has no " + ALLOCATED + " but " + result.getSecondaryResults().keySet());
    }
    return found.getScore();
  }

  /** On a thread of the client's host: JMH's fork has the network of who starts it. */
  private static RunResult fork(Testbed bench, Contender rival, Path java) throws Exception {
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
        String.join(" ", Testbed.firstCore()) + " \"" + Jdk.running().java() + "\" \"$@\"";
    Path script =
        Files.createTempFile(
            "java",
            ".sh",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    return Files.writeString(script, "#!/bin/sh\nexec " + command + "\n");
  }
}
