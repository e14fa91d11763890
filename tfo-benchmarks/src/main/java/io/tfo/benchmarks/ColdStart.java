package io.tfo.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The time of the first connection of a fresh JVM. */
final class ColdStart implements Measurement {
  private static final Duration LIMIT = Duration.ofMinutes(2);

  /** The first version that writes an AOT cache in one step (JEP 514). */
  private static final int AOT_CACHE = 25;

  /**
   * One way to start.
   *
   * @param name its name in the figures
   * @param jdk the JDK
   * @param options its options for class-data sharing
   * @param before the options of an earlier run, which writes the files that {@code options} read;
   *     empty for none
   */
  private record Start(String name, InstalledJdk jdk, List<String> options, List<String> before) {}

  @Override
  public List<Table> measure(Testbed testbed) throws Exception {
    Path archives = Files.createTempDirectory("archives");
    try {
      List<Table> tables = new ArrayList<>();
      for (Start start : starts(archives)) {
        tables.add(measure(testbed, start));
      }
      return tables;
    } finally {
      try (var files = Files.list(archives)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(archives);
    }
  }

  private static List<Start> starts(Path archives) {
    List<Start> starts = new ArrayList<>();
    List<InstalledJdk> jdks = new ArrayList<>(List.of(InstalledJdk.running()));
    if (InstalledJdk.newest().version().feature() > InstalledJdk.running().version().feature()) {
      jdks.add(InstalledJdk.newest());
    }
    for (InstalledJdk jdk : jdks) {
      String name = "JDK " + jdk.version().feature();
      starts.add(new Start(name + ", no CDS", jdk, List.of("-Xshare:off"), List.of()));
      starts.add(new Start(name + ", default CDS", jdk, List.of("-Xshare:auto"), List.of()));
      Path archive = archives.resolve(jdk.version().feature() + ".jsa");
      starts.add(
          new Start(
              name + ", AppCDS",
              jdk,
              List.of("-Xshare:auto", "-XX:SharedArchiveFile=" + archive),
              List.of("-XX:ArchiveClassesAtExit=" + archive)));
      if (jdk.version().feature() >= AOT_CACHE) {
        Path cache = archives.resolve(jdk.version().feature() + ".aot");
        starts.add(
            new Start(
                name + ", AOT cache",
                jdk,
                List.of("-XX:AOTCache=" + cache),
                List.of("-XX:AOTCacheOutput=" + cache)));
      }
    }
    return starts;
  }

  private static Table measure(Testbed testbed, Start start) throws Exception {
    JvmCommandLine launch =
        JvmCommandLine.of(start.jdk()).with(start.options()).on(Testbed.firstCore());
    if (!start.before().isEmpty()) {
      // On all cores, so with the collector that an application has.
      output(
          testbed,
          JvmCommandLine.of(start.jdk()).with(start.before()).with(List.of("-Xlog:disable")),
          FirstConnect.Way.FAST_OPEN);
    }
    Samples figures = new Samples();
    Samples parts = new Samples();
    for (int round = 0; round < testbed.plan.starts(); round++) {
      Map<FirstConnect.Way, Double> millis = new LinkedHashMap<>();
      for (FirstConnect.Way way : FirstConnect.Way.values()) {
        millis.put(way, 0.0);
      }
      for (FirstConnect.Way way : testbed.shuffled(List.of(FirstConnect.Way.values()))) {
        long[] nanos = run(testbed, launch, way);
        millis.put(way, nanos[nanos.length - 1] / 1e6);
        parts.add(way.label, nanos[0] / 1e6);
      }
      millis.forEach((way, each) -> figures.add(way.label, each));
    }
    for (FirstConnect.Way way : FirstConnect.Way.values()) {
      figures.remark(
          way.label, "%.0f ms until it connects".formatted(parts.quartiles(way.label).median()));
    }
    return new Table(
        "First connection of a fresh JVM: " + start.name(),
        "ms",
        Table.Better.LOWER,
        figures.against(FirstConnect.Way.PLAIN.label),
        "From the beginning of main until the reply, on loopback and one core; %d JVMs of each kind."
            .formatted(testbed.plan.starts()));
  }

  /** Starts a JVM and returns the two times of {@link FirstConnect}. */
  private static long[] run(Testbed testbed, JvmCommandLine launch, FirstConnect.Way way)
      throws Exception {
    // The last line only: messages of the JVM about its archive may come before it.
    List<String> lines = output(testbed, launch, way);
    return Stream.of(lines.get(lines.size() - 1).split(" ")).mapToLong(Long::parseLong).toArray();
  }

  private static List<String> output(Testbed testbed, JvmCommandLine launch, FirstConnect.Way way)
      throws Exception {
    List<String> command =
        launch.command(
            FirstConnect.class, List.of(way.name(), String.valueOf(testbed.near().port())));
    Path out = Files.createTempFile("start", ".txt");
    try {
      Process process =
          testbed
              .lab
              .client()
              .call(
                  () ->
                      new ProcessBuilder(command)
                          .redirectError(ProcessBuilder.Redirect.DISCARD)
                          .redirectOutput(out.toFile())
                          .start());
      if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS) || process.exitValue() != 0) {
        process.destroyForcibly();
        throw new IOException("failed: " + command + "\n" + Files.readString(out));
      }
      return Files.readAllLines(out);
    } finally {
      Files.delete(out);
    }
  }
}
