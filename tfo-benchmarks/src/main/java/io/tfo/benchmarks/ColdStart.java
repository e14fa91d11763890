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

  /**
   * One way to start.
   *
   * @param name its name in the figures
   * @param jdk the JDK
   * @param options its options for class-data sharing
   */
  private record Start(String name, InstalledJdk jdk, List<String> options) {}

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
      Path archive = archives.resolve(jdk.version().feature() + ".jsa");
      String name = "JDK " + jdk.version().feature();
      starts.add(new Start(name + ", no CDS", jdk, List.of("-Xshare:off")));
      starts.add(new Start(name + ", default CDS", jdk, List.of("-Xshare:auto")));
      starts.add(
          new Start(
              name + ", AppCDS", jdk, List.of("-Xshare:auto", "-XX:SharedArchiveFile=" + archive)));
    }
    return starts;
  }

  private static Table measure(Testbed testbed, Start start) throws Exception {
    JvmCommandLine launch =
        JvmCommandLine.of(start.jdk()).with(start.options()).on(Testbed.firstCore());
    for (String option : start.options()) {
      String file = option.replaceFirst("-XX:SharedArchiveFile=", "");
      if (!file.equals(option)) {
        run(
            testbed,
            JvmCommandLine.of(start.jdk())
                .with(List.of("-XX:ArchiveClassesAtExit=" + file, "-Xlog:disable")),
            FirstConnect.Way.FAST_OPEN);
      }
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
      // The last line only: messages of the JVM about its archive may come before it.
      List<String> lines = Files.readAllLines(out);
      return Stream.of(lines.get(lines.size() - 1).split(" ")).mapToLong(Long::parseLong).toArray();
    } finally {
      Files.delete(out);
    }
  }
}
