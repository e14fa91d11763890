package io.tfo.integration.stress;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Settings and counters of the network namespace in which this process was started. */
final class NamespaceKernel {
  private static final Path IPV4 = Path.of("/proc/sys/net/ipv4");
  private static final String TCP_EXT = "TcpExt:";

  private NamespaceKernel() {}

  /**
   * Switches TCP Fast Open on for both sides, allows all ports, limits the connections in
   * TIME_WAIT, and makes queues long. Where a queue is full all the same, the kernel drops a SYN,
   * and does not answer it with a SYN cookie.
   */
  static void prepare() throws IOException {
    set("tcp_fastopen", "3");
    set("ip_local_port_range", "1024 65535");
    set("tcp_max_tw_buckets", "8192");
    set("tcp_max_syn_backlog", "16384");
    set("tcp_syncookies", "0");
  }

  private static void set(String name, String value) throws IOException {
    Files.writeString(IPV4.resolve(name), value);
  }

  /** Returns one of the kernel's TCP counters, such as {@code TCPFastOpenActive}. */
  static long counter(String name) throws IOException {
    List<List<String>> table =
        Files.readAllLines(Path.of("/proc/self/net/netstat")).stream()
            .filter(line -> line.startsWith(TCP_EXT))
            .map(line -> List.of(line.split(" ")))
            .toList();
    return Long.parseLong(table.get(1).get(table.get(0).indexOf(name)));
  }
}
