package io.tfo.benchmarks;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** One connection on loopback: connect, 64 bytes, a reply of 64 bytes, close. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ConnectionBenchmark {
  /** Large enough to make the hand-over to an event loop and back negligible. */
  private static final int BATCH = 200;

  /** The name of a {@link Contender}. */
  @Param("JDK_CHANNEL")
  public String contender = "";

  /** The server's port on loopback. */
  @Param("0")
  public int port;

  private BenchmarkClient client = ChannelClient.plain();
  private InetSocketAddress server = new InetSocketAddress(0);

  /** Makes the client. */
  @Setup
  public void open() {
    client = Contender.valueOf(contender).client();
    server = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  /**
   * Makes connections, one after another.
   *
   * @throws Exception if one fails
   */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public void connection() throws Exception {
    client.exchange(server, BATCH, firstByte -> {});
  }

  /** Closes the client. */
  @TearDown
  public void close() {
    client.close();
  }
}
