package io.tfo.benchmarks;

import com.sun.jna.Native;
import com.sun.jna.Platform;
import io.tfo.FastOpenConnector;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** Makes the first connection of a fresh JVM and prints how long it took. */
final class FirstConnect {
  private FirstConnect() {}

  /** How the connection is made. */
  enum Way {
    PLAIN("JDK SocketChannel"),
    /**
     * By the JDK, after one call by JNA: shows the part of the cost that every program with JNA
     * has.
     */
    JNA("JDK, after a JNA call"),
    FAST_OPEN("FastOpenConnector");

    final String label;

    Way(String label) {
      this.label = label;
    }
  }

  /** One function of the C library, called as the backends call theirs. */
  private static final class Libc {
    private Libc() {}

    static void load() {
      Native.register(Libc.class, Platform.C_LIBRARY_NAME);
      getpid();
    }

    private static native int getpid();
  }

  /**
   * Prints two times in nanoseconds: until the connect could begin, and until the reply was read.
   *
   * @param args the {@link Way}, and the port on loopback
   */
  public static void main(String[] args) throws Exception {
    long start = System.nanoTime();
    ByteBuffer request = ByteBuffer.wrap(Message.request(0));
    ByteBuffer reply = ByteBuffer.allocate(Message.LENGTH);
    InetSocketAddress server =
        new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[1]));
    FastOpenConnector connector = null;
    switch (Way.valueOf(args[0])) {
      case PLAIN -> {}
      case JNA -> Libc.load();
      case FAST_OPEN -> connector = FastOpenConnector.system();
    }
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
