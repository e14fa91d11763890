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

/** The heap bytes that a connection on loopback allocates, by JMH: one fork for each figure. */
final class Allocation implements Measurement {
  private static final String ALLOCATED = "gc.alloc.rate.norm";
  private static final long FORK_LIMIT_SECONDS = 120;

  @Override
  public List<Table> measure(Testbed testbed) throws Exception {
    System.setProperty("jmh.ignoreLock", "true"); // the lock is one file for the whole machine
    Samples bytes = new Samples();
    Path java = pinnedJava();
    try {
      for (int fork = 0; fork < testbed.plan.forks(); fork++) {
        for (Contender contender : testbed.shuffled(Contender.UNTIMED)) {
          bytes.add(contender.label, allocated(fork(testbed, contender, java)));
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
            bytes.ofContenders(),
            ConnectionCost.CONNECTION
                + " on loopback; all threads, by JMH's profiler gc in %d forks for each."
                    .formatted(testbed.plan.forks())));
  }

  private static double allocated(RunResult result) {
    Result<?> found = result.getSecondaryResults().get(ALLOCATED);
    if (found == null) {
      throw new IllegalStateException(
          "JMH has no " + ALLOCATED + " but " + result.getSecondaryResults().keySet());
    }
    return found.getScore();
  }

  /** Runs on a thread of the client host: JMH's fork has the network namespace of that thread. */
  private static RunResult fork(Testbed testbed, Contender contender, Path java) throws Exception {
    Options options =
        new OptionsBuilder()
            .include(ConnectionBenchmark.class.getName())
            .param("contender", contender.name())
            .param("port", String.valueOf(testbed.near().port()))
            .forks(1)
            .warmupIterations(3)
            .warmupTime(TimeValue.seconds(1))
            .measurementIterations(1)
            .measurementTime(TimeValue.milliseconds(testbed.plan.iteration().toMillis()))
            .jvm(java.toString())
            .jvmArgs(
                JvmCommandLine.of(InstalledJdk.running())
                    .with(contender.jvmOptions)
                    .options()
                    .toArray(String[]::new))
            .addProfiler(GCProfiler.class)
            .shouldFailOnError(true)
            .verbosity(VerboseMode.SILENT)
            .build();
    Callable<RunResult> run = () -> new Runner(options).runSingle();
    Future<RunResult> result = testbed.lab.client().start(run);
    try {
      return result.get(FORK_LIMIT_SECONDS, TimeUnit.SECONDS);
    } finally {
      result.cancel(true);
    }
  }

  /** A script that chooses the core, since JMH takes one file as its JVM. */
  private static Path pinnedJava() throws IOException {
    String command =
        String.join(" ", Testbed.firstCore()) + " \"" + InstalledJdk.running().java() + "\" \"$@\"";
    Path script =
        Files.createTempFile(
            "java",
            ".sh",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    return Files.writeString(script, "#!/bin/sh\nexec " + command + "\n");
  }
}
