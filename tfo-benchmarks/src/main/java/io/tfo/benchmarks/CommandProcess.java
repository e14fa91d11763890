package io.tfo.benchmarks;

import io.tfo.lab.Host;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** A child process on a host of the lab: carries out {@link Commands}, and answers with numbers. */
final class CommandProcess implements AutoCloseable {
  private static final long END_SECONDS = 5;

  private final Process process;
  private final PrintWriter in;
  private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();

  private CommandProcess(Process process) {
    this.process = process;
    // The process ends with its input, but not while it waits for a network that is gone.
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    this.in = new PrintWriter(process.outputWriter(StandardCharsets.UTF_8), true);
    Thread reader = new Thread(this::read, "child-" + process.pid());
    reader.setDaemon(true);
    reader.start();
  }

  /**
   * Starts a JVM with the class path of this one.
   *
   * @param host the host whose network the JVM has
   */
  static CommandProcess start(Host host, JvmCommandLine launch, Class<?> main, String... args)
      throws Exception {
    return start(host, launch.command(main, List.of(args)));
  }

  /**
   * Starts a program.
   *
   * @param host the host whose network it has: a process has the network namespace of the thread
   *     that started it
   */
  static CommandProcess start(Host host, List<String> command) throws Exception {
    return new CommandProcess(
        host.call(
            () ->
                new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start()));
  }

  long pid() {
    return process.pid();
  }

  /**
   * Sends a command and waits for its answer.
   *
   * @throws IOException if the command failed, or was not answered in time
   */
  long[] ask(Duration limit, Object... words) throws IOException, InterruptedException {
    String command = String.join(" ", Stream.of(words).map(String::valueOf).toList());
    in.println(command);
    String answer = answers.poll(limit.toMillis(), TimeUnit.MILLISECONDS);
    if (answer == null) {
      throw new IOException("no answer within " + limit + " to: " + command);
    }
    List<String> parts = new ArrayList<>(List.of(answer.split(" ")));
    if (!parts.remove(0).equals(Commands.OK)) {
      throw new IOException(command + ": " + answer);
    }
    return parts.stream().flatMapToLong(part -> LongStream.of(Long.parseLong(part))).toArray();
  }

  private void read() {
    try (BufferedReader out =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      out.lines().forEach(answers::add);
    } catch (IOException | UncheckedIOException e) {
      answers.add("the process ended: " + e);
    }
    answers.add("the process ended");
  }

  @Override
  public void close() {
    in.close();
    try {
      process.waitFor(END_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      process.destroyForcibly();
    }
  }
}
