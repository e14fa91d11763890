package io.tfo.integration.peers;

import io.tfo.integration.places.Filter;
import io.tfo.lab.Lab;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A client program on the lab's client; it belongs to that host as the thread that starts it. */
final class PeerProcess implements AutoCloseable {
  static final Duration LIMIT = Duration.ofSeconds(8);

  private final Lab lab;
  private final Peer peer;
  private final Filter filter;
  private @Nullable Process process;

  PeerProcess(Lab lab, Peer peer, Filter filter) {
    this.lab = lab;
    this.peer = peer;
    this.filter = filter;
  }

  /** Makes one connection. */
  Answer exchange(String mode, InetSocketAddress server, int timeoutMillis) throws Exception {
    String address = server.getAddress().getHostAddress() + ":" + server.getPort();
    lab.wire().forget();
    CompletableFuture<String> line;
    if (peer.isCurl()) {
      process = start(peer.command(address, timeoutMillis));
      line = lineOf(process);
    } else {
      Process running = process;
      if (running == null || !running.isAlive()) {
        running = start(peer.command());
        process = running;
      }
      Writer input = running.outputWriter(StandardCharsets.UTF_8);
      input.write(mode + " " + address + " " + timeoutMillis + "\n");
      input.flush();
      line = lineOf(running);
    }
    try {
      String[] words = line.get(LIMIT.toMillis(), TimeUnit.MILLISECONDS).split(" ", 3);
      return new Answer(words[0], Double.parseDouble(words[1]) / 1000, words[2], lab.wire().syns());
    } catch (TimeoutException e) {
      close(); // the next one begins anew
      return new Answer("hangs", LIMIT.toMillis(), "", lab.wire().syns());
    }
  }

  /** A line that the process prints; that of curl is made of its figures and its exit status. */
  private CompletableFuture<String> lineOf(Process from) {
    BufferedReader output = from.inputReader(StandardCharsets.UTF_8);
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            String line = output.readLine();
            if (line == null) {
              throw new IllegalStateException(peer + " ended");
            }
            return peer.isCurl() ? peer.curlAnswer(line, from.waitFor()) : line;
          } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
          }
        },
        task -> new Thread(task, "peer").start());
  }

  private Process start(List<String> command) throws Exception {
    CompletableFuture<Process> started = new CompletableFuture<>();
    lab.client()
        .threads()
        .newThread(
            () -> {
              try {
                filter.install(); // for this thread, and the process that it starts
                started.complete(
                    new ProcessBuilder(command)
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start());
              } catch (Throwable e) {
                started.completeExceptionally(e);
              }
            })
        .start();
    return started.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    Process running = process;
    if (running != null) {
      running.destroyForcibly().onExit().join();
      process = null;
    }
  }
}
