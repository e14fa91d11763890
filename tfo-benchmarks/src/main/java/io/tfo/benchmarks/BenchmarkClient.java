package io.tfo.benchmarks;

import java.net.InetSocketAddress;
import java.util.function.LongConsumer;

/** Makes connections, one after another: connect, send the request, read the reply, close. */
interface BenchmarkClient {
  /**
   * Makes connections.
   *
   * @param times how many
   * @param firstByte hears of each how many nanoseconds passed from before its socket was opened
   *     until its reply began
   */
  void exchange(InetSocketAddress server, int times, LongConsumer firstByte) throws Exception;

  /** Sends so many bytes on one connection and waits for the reply to all of them. */
  default void stream(InetSocketAddress server, long bytes) throws Exception {
    throw new UnsupportedOperationException("not measured for this rival");
  }

  /** Ends what it has. */
  default void close() {}
}
