package io.tfo.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/** One of the kernel's TCP counters, of the network namespace of the thread that reads it. */
final class TcpCounter {
  private static final Path NETSTAT = Path.of("/proc/thread-self/net/netstat");

  private TcpCounter() {}

  /**
   * Reads a counter.
   *
   * @param name its name in {@code /proc/net/netstat}, such as {@code TCPFastOpenBlackhole}
   * @return its value; empty where the file is hidden, or the kernel has no such counter
   */
  static OptionalLong value(String name) {
    try {
      List<List<String>> table =
          Files.readAllLines(NETSTAT).stream()
              .filter(line -> line.startsWith("TcpExt:"))
              .map(line -> List.of(line.split(" ", -1)))
              .toList();
      return OptionalLong.of(Long.parseLong(table.get(1).get(table.get(0).indexOf(name))));
    } catch (IOException | RuntimeException e) {
      return OptionalLong.empty();
    }
  }
}
