package io.tfo.integration.fleet;

import io.tfo.FastOpenConnector;
import io.tfo.FastOpenListener;
import io.tfo.FastOpenOutcome;
import io.tfo.lab.Host;
import io.tfo.lab.Lab;
import io.tfo.lab.test.Labs;
import io.tfo.testkit.BackendLab;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/** Servers that own one address, and send back what they receive; a switch chooses among them. */
final class Fleet implements AutoCloseable {
  private static final int PAYLOAD = 200;

  final Lab lab;
  final int port = BackendLab.newPort();
  final List<ServerSocketChannel> listening = new ArrayList<>();
  private final List<AtomicInteger> served = new ArrayList<>();

  private Fleet(Lab lab) {
    this.lab = lab;
  }

  /**
   * The server that the switch chooses for a client's port: as good as random, and the same at each
   * call. The function is the last step of MurmurHash3.
   */
  static int server(int clientPort, int servers) {
    int hash = (clientPort ^ (clientPort >>> 16)) * 0x85EBCA6B;
    hash = (hash ^ (hash >>> 13)) * 0xC2B2AE35;
    return Math.floorMod(hash ^ (hash >>> 16), servers);
  }

  static Fleet open(int servers) throws IOException {
    return new Fleet(Labs.fleet(servers, end -> server(end.getPort(), servers)));
  }

  /** Starts the next server. */
  void serve(FastOpenListener listener, int fastOpenBacklog) throws Exception {
    int number = listening.size();
    Host host = lab.servers().get(number);
    AtomicInteger count = new AtomicInteger();
    ServerSocketChannel channel =
        host.call(() -> listener.open(new InetSocketAddress(port), 1000, fastOpenBacklog));
    listening.add(channel);
    served.add(count);
    host.start(
        () -> {
          while (channel.isOpen()) {
            SocketChannel accepted = channel.accept();
            host.start(() -> echo(accepted, count));
          }
          return null;
        });
  }

  private static Void echo(SocketChannel accepted, AtomicInteger count) throws IOException {
    try (accepted) {
      ByteBuffer buffer = ByteBuffer.allocate(2 * PAYLOAD);
      while (accepted.read(buffer) >= 0) {
        // Until the client has sent all.
      }
      accepted.write(buffer.flip());
      count.incrementAndGet();
      return null;
    }
  }

  /** How many connections a server has answered. */
  int served(int server) {
    return served.get(server).get();
  }

  InetSocketAddress address() {
    return new InetSocketAddress(lab.server().ipv4(), port);
  }

  /**
   * Connects on the client's host by the calling thread, and looks whether all bytes come back.
   *
   * @param localPort the client's port; 0 for any
   */
  FastOpenOutcome exchange(int localPort) throws IOException {
    FastOpenConnector connector = FastOpenConnector.system();
    byte[] data = new byte[PAYLOAD];
    ThreadLocalRandom.current().nextBytes(data);
    try (SocketChannel channel = SocketChannel.open()) {
      if (localPort != 0) {
        channel.bind(new InetSocketAddress(lab.client().ipv4(), localPort));
      }
      connector.connect(channel, address(), ByteBuffer.wrap(data));
      FastOpenOutcome outcome = connector.outcome(channel);
      channel.shutdownOutput();
      byte[] back = channel.socket().getInputStream().readAllBytes();
      if (!Arrays.equals(data, back)) {
        throw new AssertionError("sent %d bytes, got %d".formatted(data.length, back.length));
      }
      return outcome;
    }
  }

  /** The sum of a counter over all servers. */
  long servers(String counter) {
    return lab.servers().stream().mapToLong(host -> host.counter(counter)).sum();
  }

  @Override
  public void close() throws IOException {
    try (lab) {
      for (ServerSocketChannel each : listening) {
        each.close();
      }
    }
  }
}
