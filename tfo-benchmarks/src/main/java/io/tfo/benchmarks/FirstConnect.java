package io.tfo.benchmarks;

import io.tfo.FastOpenConnector;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** The first connection of a fresh JVM, and how long it took. */
final class FirstConnect {
  private FirstConnect() {}

  /** Who makes it. */
  enum Way {
    PLAIN("JDK SocketChannel"),
    FAST_OPEN("FastOpenConnector");

    final String label;

    Way(String label) {
      this.label = label;
    }
  }

  /**
   * Prints nanoseconds: until the connector was there, and until the reply was.
   *
   * @param args the {@link Way}, and the port on loopback
   */
  public static void main(String[] args) throws Exception {
    long start = System.nanoTime();
    ByteBuffer request = ByteBuffer.wrap(Message.request(0));
    ByteBuffer reply = ByteBuffer.allocate(Message.LENGTH);
    InetSocketAddress server =
        new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[1]));
    boolean plain = args[0].equals("PLAIN");
    FastOpenConnector connector = plain ? null : FastOpenConnector.system();
    long ready = System.nanoTime();
    try (SocketChannel channel =
        connector == null ? SocketChannel.open(server) : connector.open(server, request)) {
      while (request.hasRemaining()) {
        channel.write(request);
      }
      while (reply.hasRemaining() && channel.read(reply) >= 0) {}
    }
    long end = System.nanoTime();
    System.out.println((ready - start) + " " + (end - start));
  }
}
