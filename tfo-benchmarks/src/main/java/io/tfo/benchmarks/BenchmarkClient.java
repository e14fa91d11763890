package io.tfo.benchmarks;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.function.LongConsumer;

/** Makes connections, one after another: connect, send the request, read the reply, close. */
interface BenchmarkClient {
  /** The timeout of a connect with a timeout, as HTTP clients have it. */
  Duration TIMEOUT = Duration.ofSeconds(10);

  /**
   * Makes connections.
   *
   * @param times how many
   * @param firstByte receives, for each connection, the nanoseconds from before its socket was
   *     opened until the first byte of its reply was read
   */
  void exchange(InetSocketAddress server, int times, LongConsumer firstByte) throws Exception;

  /** Sends a number of bytes on one connection and waits for the reply to all of them. */
  default void stream(InetSocketAddress server, long bytes) throws Exception {
    throw new UnsupportedOperationException("not measured for this contender");
  }

  /** Releases what the client holds, such as threads. */
  default void close() {}
}
