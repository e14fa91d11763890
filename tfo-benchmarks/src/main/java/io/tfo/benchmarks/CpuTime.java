package io.tfo.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The CPU time of all threads of a process, from {@code /proc/PID/stat} (proc(5)).
 *
 * @param userNanos in the process itself
 * @param systemNanos in the kernel, on its behalf
 */
record CpuTime(long userNanos, long systemNanos) {
  /** 1/100 s: {@code sysconf(_SC_CLK_TCK)}, the kernel's USER_HZ, is 100 on every Linux. */
  private static final long TICK_NANOS = 10_000_000;

  /** The index of utime, field 14, after the name in parentheses, which may hold any character. */
  private static final int UTIME = 14 - 3;

  private static final Path SELF = Path.of("/proc/self/stat");

  /** The CPU time of this process so far. */
  static CpuTime now() {
    try {
      return parse(Files.readString(SELF));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static CpuTime parse(String stat) {
    List<String> fields = List.of(stat.substring(stat.lastIndexOf(')') + 2).split(" "));
    return new CpuTime(
        Long.parseLong(fields.get(UTIME)) * TICK_NANOS,
        Long.parseLong(fields.get(UTIME + 1)) * TICK_NANOS);
  }

  CpuTime since(CpuTime before) {
    return new CpuTime(userNanos - before.userNanos, systemNanos - before.systemNanos);
  }
}
