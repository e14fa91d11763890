package io.tfo.benchmarks;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Runs one contender in a JVM of its own, which stays warm between the rounds. */
final class Worker {
  private static final int BURST_LIMIT_SECONDS = 60;

  private static final ExecutorService THREADS =
      Executors.newCachedThreadPool(
          run -> {
            Thread thread = new Thread(run, "load");
            thread.setDaemon(true);
            return thread;
          });

  private Worker() {}

  /**
   * Carries out commands until the input ends. Each command has a host, a port and a number N;
   * times in the answer are in nanoseconds.
   *
   * <ul>
   *   <li>{@code exchange}: makes N connections; answers the time to the first reply byte of each
   *   <li>{@code load}: makes N connections on T threads, which is the fourth word; answers their
   *       total time, the CPU time of these threads, and that of the whole process. Without T, on
   *       one thread
   *   <li>{@code stream}: sends N bytes on one connection; answers the time
   *   <li>{@code burst}: makes N connections at once, each on a virtual thread; answers the time
   *       until all have their reply
   * </ul>
   *
   * @param args the name of the contender
   */
  public static void main(String[] args) throws Exception {
    BenchmarkClient client = Contender.valueOf(args[0]).client();
    Commands.serve(words -> carryOut(client, words));
    client.close();
  }

  static long[] carryOut(BenchmarkClient client, List<String> words) throws Exception {
    InetSocketAddress server = new InetSocketAddress(words.get(1), Integer.parseInt(words.get(2)));
    int number = Integer.parseInt(words.get(3));
    return switch (words.get(0)) {
      case "exchange" -> exchange(client, server, number);
      case "load" ->
          words.size() > 4 && !words.get(4).equals("1")
              ? load(client, server, number, Integer.parseInt(words.get(4)))
              : load(client, server, number);
      case "stream" -> stream(client, server, number);
      case "burst" -> burst(client, server, number);
      default -> throw new IllegalArgumentException("no such command: " + words);
    };
  }

  private static long[] exchange(BenchmarkClient client, InetSocketAddress server, int times)
      throws Exception {
    long[] nanos = new long[times];
    int[] done = {0};
    client.exchange(server, times, firstByte -> nanos[done[0]++] = firstByte);
    return nanos;
  }

  private static long[] load(BenchmarkClient client, InetSocketAddress server, int times)
      throws Exception {
    CpuTime before = CpuTime.now();
    long start = System.nanoTime();
    client.exchange(server, times, firstByte -> {});
    long wall = System.nanoTime() - start;
    CpuTime spent = CpuTime.now().since(before);
    return new long[] {wall, spent.threadNanos(), spent.processNanos()};
  }

  /**
   * Makes connections on some threads. These stay alive until the CPU time is read, since that of
   * the process does not include threads that have ended.
   */
  private static long[] load(
      BenchmarkClient client, InetSocketAddress server, int times, int threads) throws Exception {
    List<Callable<Long>> shares =
        Collections.nCopies(threads, () -> threadNanos(client, server, times / threads));
    CpuTime before = CpuTime.now();
    long start = System.nanoTime();
    List<Future<Long>> all = THREADS.invokeAll(shares);
    long wall = System.nanoTime() - start;
    long process = CpuTime.now().since(before).processNanos();
    long thread = 0;
    for (Future<Long> each : all) {
      thread += each.get();
    }
    return new long[] {wall, thread, process};
  }

  private static long threadNanos(BenchmarkClient client, InetSocketAddress server, int times)
      throws Exception {
    long before = CpuTime.ofThread();
    client.exchange(server, times, firstByte -> {});
    return CpuTime.ofThread() - before;
  }

  private static long[] stream(BenchmarkClient client, InetSocketAddress server, int bytes)
      throws Exception {
    long start = System.nanoTime();
    client.stream(server, bytes);
    return new long[] {System.nanoTime() - start};
  }

  private static long[] burst(BenchmarkClient client, InetSocketAddress server, int times)
      throws Exception {
    // By reflection: the API of JDK 17, which this is compiled for, has no virtual threads.
    ExecutorService threads =
        (ExecutorService) Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
    try {
      long start = System.nanoTime();
      List<Future<?>> all =
          java.util.stream.IntStream.range(0, times)
              .<Future<?>>mapToObj(
                  i ->
                      threads.submit(
                          () -> {
                            client.exchange(server, 1, firstByte -> {});
                            return i;
                          }))
              .toList();
      for (Future<?> each : all) {
        each.get(BURST_LIMIT_SECONDS, TimeUnit.SECONDS);
      }
      return new long[] {System.nanoTime() - start};
    } catch (java.util.concurrent.TimeoutException e) {
      throw new IOException("not done within " + BURST_LIMIT_SECONDS + " s", e);
    } finally {
      threads.shutdownNow();
    }
  }
}
