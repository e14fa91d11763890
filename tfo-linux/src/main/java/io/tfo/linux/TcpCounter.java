package io.tfo.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** One of the kernel's TCP counters, of the network namespace of the thread that reads it. */
final class TcpCounter {
  /** The file of this thread, since Linux 3.17; before, that of the process. */
  private static final List<Path> NETSTAT =
      List.of(Path.of("/proc/thread-self/net/netstat"), Path.of("/proc/net/netstat"));

  private TcpCounter() {}

  /**
   * Reads a counter.
   *
   * @param name its name in {@code /proc/net/netstat}, such as {@code TCPFastOpenBlackhole}
   * @return its value; empty where the file is hidden, or the kernel has no such counter
   */
  static OptionalLong value(String name) {
    return value(name, NETSTAT);
  }

  /** Reads the counter from the first of the files that has it. */
  static OptionalLong value(String name, List<Path> files) {
    for (Path file : files) {
      OptionalLong value = value(name, file);
      if (value.isPresent()) {
        return value;
      }
    }
    return OptionalLong.empty();
  }

  /** Reads it from one file, without a stream: the first one costs a fresh JVM milliseconds. */
  private static OptionalLong value(String name, Path file) {
    try {
      List<List<String>> table = new ArrayList<>();
      for (String line : Files.readAllLines(file)) {
        if (line.startsWith("TcpExt:")) {
          table.add(List.of(line.split(" ", -1)));
        }
      }
      return OptionalLong.of(Long.parseLong(table.get(1).get(table.get(0).indexOf(name))));
    } catch (IOException | RuntimeException e) {
      return OptionalLong.empty();
    }
  }
}
