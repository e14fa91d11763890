package io.tfo.integration.stress;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The network namespace that this process was started in: its settings, its counters. */
final class Kernel {
  private static final Path IPV4 = Path.of("/proc/sys/net/ipv4");
  private static final String TCP_EXT = "TcpExt:";

  private Kernel() {}

  /**
   * TCP Fast Open on both sides, all ports, no more of what is over than fits, long queues; and
   * where a queue is full all the same, a SYN is dropped, and not answered by a SYN cookie.
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

  /** One of the kernel's TCP counters, such as {@code TCPFastOpenActive}. */
  static long counter(String name) throws IOException {
    List<List<String>> table =
        Files.readAllLines(Path.of("/proc/self/net/netstat")).stream()
            .filter(line -> line.startsWith(TCP_EXT))
            .map(line -> List.of(line.split(" ")))
            .toList();
    return Long.parseLong(table.get(1).get(table.get(0).indexOf(name)));
  }
}
