package io.tfo.integration.stress;

import io.tfo.FastOpenConnector;
import io.tfo.FastOpenListener;
import io.tfo.FastOpenOutcome;
import io.tfo.test.ChildJvm;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.Callable;

/**
 * A program with a copy of the library in a class loader of its own, as in an application server.
 */
public final class Tenant implements Callable<String> {
  private static final int CONNECTS = 300;
  private static final Duration LONG = Duration.ofSeconds(30);

  /** Runs the program as the only one of a JVM. */
  public static void main(String[] args) throws Exception {
    NamespaceKernel.prepare();
    System.out.println(ChildJvm.INSIDE);
    System.out.println("outcome " + new Tenant().call());
  }

  /** Connects and verifies what arrives. Returns the last connect's outcome, or what is wrong. */
  @Override
  public String call() throws Exception {
    FastOpenConnector connector = FastOpenConnector.system();
    InetSocketAddress any = new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0);
    FastOpenOutcome outcome = FastOpenOutcome.UNKNOWN;
    try (ServerSocketChannel server = FastOpenListener.system().open(any, 100, 100)) {
      for (int id = 0; id < CONNECTS; id++) {
        ByteBuffer data = Payload.of(id, id % 2 == 0);
        int length = data.remaining();
        try (SocketChannel channel = SocketChannel.open()) {
          connector.connect(channel, server.getLocalAddress(), data, LONG);
          outcome = connector.outcome(channel);
          channel.shutdownOutput();
          try (SocketChannel accepted = server.accept()) {
            ByteBuffer got = ByteBuffer.allocate(length + 1);
            while (accepted.read(got) >= 0) {
              // To the end.
            }
            if (got.position() != length
                || Payload.mismatch(id, got.flip().position(Payload.HEADER)) >= 0) {
              return "not what was sent on connection " + id;
            }
          }
        }
      }
    }
    return outcome + " by " + connector.capability();
  }
}
