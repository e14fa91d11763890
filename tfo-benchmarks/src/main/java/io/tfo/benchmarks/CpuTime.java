package io.tfo.benchmarks;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * CPU time in nanoseconds, in user mode and in the kernel. The ticks of {@code /proc/PID/stat} are
 * too coarse for short rounds: 10 ms.
 *
 * @param threadNanos of the current thread
 * @param processNanos of all live threads of the process: the first figure of {@code
 *     /proc/PID/task/TID/schedstat} (proc(5))
 */
record CpuTime(long threadNanos, long processNanos) {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final Path TASKS = Path.of("/proc/self/task");

  /** The CPU time so far. */
  static CpuTime now() throws IOException {
    long process = 0;
    try (DirectoryStream<Path> tasks = Files.newDirectoryStream(TASKS)) {
      for (Path task : tasks) {
        process += ofTask(task);
      }
    }
    return new CpuTime(ofThread(), process);
  }

  /** The CPU time of the current thread alone, in nanoseconds: to read all threads takes longer. */
  static long ofThread() {
    return THREADS.getCurrentThreadCpuTime();
  }

  private static long ofTask(Path task) throws IOException {
    try {
      return parse(Files.readString(task.resolve("schedstat")));
    } catch (NoSuchFileException e) {
      return 0; // the thread has ended
    }
  }

  static long parse(String schedstat) {
    return Long.parseLong(schedstat.substring(0, schedstat.indexOf(' ')));
  }

  CpuTime since(CpuTime before) {
    return new CpuTime(threadNanos - before.threadNanos, processNanos - before.processNanos);
  }
}
