package application;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Has a program make some connections, and tells what it got and what the kernel has counted. */
public final class Main {
  private static final int CONNECTIONS = 5;

  private Main() {}

  public static void main(String[] arguments) throws Exception {
    System.out.println("in the namespace");
    // Also listeners of other programs, which do not ask for it: 0x400.
    Files.writeString(Path.of("/proc/sys/net/ipv4/tcp_fastopen"), arguments[0]);
    try (Program program = new Program()) {
      for (int i = 0; i < CONNECTIONS; i++) {
        System.out.println("result: " + program.exchange(i));
      }
    }
    System.out.println(
        "kernel: " + counter("TCPFastOpenActive") + " sent, " + counter("TCPFastOpenPassive"));
    System.exit(3);
  }

  private static long counter(String name) throws IOException {
    List<List<String>> table =
        Files.readAllLines(Path.of("/proc/self/net/netstat")).stream()
            .filter(line -> line.startsWith("TcpExt:"))
            .map(line -> List.of(line.split(" ")))
            .toList();
    return Long.parseLong(table.get(1).get(table.get(0).indexOf(name)));
  }
}
