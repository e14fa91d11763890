package io.tfo.integration.strace;

import io.tfo.spi.FastOpenBackend;
import io.tfo.test.ChildJvm;
import io.tfo.testkit.Conformance;
import io.tfo.testkit.Descriptors;
import io.tfo.testkit.TestData;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;

/**
 * The program that {@link StraceTest} traces: three connects over loopback, on one thread, in a
 * network namespace of its own. Before each it sets SO_LINGER, which the trace shows.
 */
final class ThreeConnects {
  private static final byte[] LOOPBACK = {127, 0, 0, 1};

  private ThreeConnects() {}

  public static void main(String[] backend) throws Exception {
    Files.writeString(Path.of("/proc/sys/net/ipv4/tcp_fastopen"), "3");
    System.out.println(ChildJvm.INSIDE);
    FastOpenBackend tried =
        Conformance.backends().stream()
            .filter(each -> each.name().equals(backend[0]))
            .findFirst()
            .orElseThrow();
    InetSocketAddress local = new InetSocketAddress(InetAddress.getByAddress(LOOPBACK), 0);
    try (ServerSocketChannel listener = tried.listener().open(local, 50, 50);
        SocketChannel mark = SocketChannel.open()) {
      Set<String> before = Set.of();
      for (int i = 1; i <= 3; i++) {
        mark.setOption(StandardSocketOptions.SO_LINGER, i);
        System.out.println(i + ": " + connect(tried, listener));
        if (i == 1) {
          before = Descriptors.open(); // includes what is opened once
        }
      }
      System.out.println("descriptors left: " + Descriptors.leftSince(before));
    }
  }

  private static String connect(FastOpenBackend backend, ServerSocketChannel listener)
      throws Exception {
    byte[] bytes = TestData.bytes(500);
    ByteBuffer data = ByteBuffer.wrap(bytes);
    try (SocketChannel channel = backend.connector().open(listener.getLocalAddress(), data)) {
      String outcome;
      try {
        outcome = String.valueOf(backend.connector().outcome(channel));
      } catch (IOException e) {
        outcome = e.toString();
      }
      channel.shutdownOutput();
      try (SocketChannel accepted = listener.accept()) {
        byte[] got = accepted.socket().getInputStream().readAllBytes();
        return outcome + ", " + (Arrays.equals(got, bytes) ? "intact" : "something else");
      }
    }
  }
}
