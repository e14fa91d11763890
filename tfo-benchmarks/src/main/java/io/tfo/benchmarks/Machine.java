package io.tfo.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.stream.Stream;

/** Describes the machine that figures are taken on. */
final class Machine {
  private Machine() {}

  static String describe() {
    Runtime runtime = Runtime.getRuntime();
    return "%s; %d cores, %.0f GiB; %s %s %s; %s (%s), newest %s; load before the run %s"
        .formatted(
            first(Path.of("/proc/cpuinfo"), "model name").replaceFirst(".*: ", ""),
            runtime.availableProcessors(),
            kibibytes() / (1024.0 * 1024),
            System.getProperty("os.name"),
            System.getProperty("os.version"),
            System.getProperty("os.arch"),
            InstalledJdk.running(),
            System.getProperty("java.vendor"),
            InstalledJdk.newest(),
            first(Path.of("/proc/loadavg"), "").replaceFirst(" .*", ""));
  }

  static String date() {
    return LocalDate.now(ZoneOffset.UTC).toString();
  }

  private static double kibibytes() {
    String line = first(Path.of("/proc/meminfo"), "MemTotal").replaceAll("\\D", "");
    return line.isEmpty() ? 0 : Double.parseDouble(line);
  }

  private static String first(Path file, String beginning) {
    try (Stream<String> lines = Files.lines(file)) {
      return lines
          .filter(
              line -> line.toLowerCase(Locale.ROOT).startsWith(beginning.toLowerCase(Locale.ROOT)))
          .findFirst()
          .orElse("unknown");
    } catch (IOException e) {
      return "unknown";
    }
  }
}
