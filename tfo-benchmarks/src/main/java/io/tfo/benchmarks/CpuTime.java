package io.tfo.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The CPU time of a whole process, all its threads, from {@code /proc/PID/stat} (proc(5)).
 *
 * @param userNanos in the process itself
 * @param systemNanos in the kernel, on its behalf
 */
record CpuTime(long userNanos, long systemNanos) {
  /** {@code sysconf(_SC_CLK_TCK)} is 100 on every Linux: the kernel's USER_HZ. */
  private static final long TICK_NANOS = 10_000_000;

  /** After the name in parentheses, which may hold anything. */
  private static final int UTIME = 14 - 3;

  private static final Path SELF = Path.of("/proc/self/stat");

  /** That of this process until now. */
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
