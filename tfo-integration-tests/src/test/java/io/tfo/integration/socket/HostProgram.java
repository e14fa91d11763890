package io.tfo.integration.socket;

import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import io.tfo.lab.Host;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A program that is installed on this machine, run on a host of the lab.
 *
 * <p>A process belongs to the host of the thread that starts it. That thread waits for its end, and
 * ends it when the lab is closed; where the JVM itself is killed, so is the program.
 */
public final class HostProgram implements AutoCloseable {
  /** {@code -Dio.tfo.programs=require}: a program that is missing is a failure, not a skip. */
  private static final String PROPERTY = "io.tfo.programs";

  private static final List<String> DIES_WITH_ITS_PARENT =
      List.of("setpriv", "--pdeathsig", "KILL", "--");
  private static final String FOLDERS = System.getenv("PATH") + ":/usr/local/sbin:/usr/sbin";
  private static final long SECONDS = 60;

  private final Process process;
  private final Path log;

  private HostProgram(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  /** Finds a program, or skips the test that needs it. */
  public static Path find(String name) {
    return Stream.of(FOLDERS.split(File.pathSeparator))
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseGet(() -> missing(name + " is not installed"));
  }

  /** Skips a test, or fails it where the programs are required. */
  static <T> T missing(String reason) {
    return "require".equals(System.getProperty(PROPERTY)) ? fail(reason) : abort(reason);
  }

  /** Starts a program, which writes to the file {@code log} in a folder. */
  static HostProgram start(Host host, Path folder, Object... command) throws Exception {
    Path log = folder.resolve("log");
    List<String> words = new ArrayList<>(DIES_WITH_ITS_PARENT);
    Stream.of(command).map(Object::toString).forEach(words::add);
    ProcessBuilder builder =
        new ProcessBuilder(words)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(Redirect.to(log.toFile()));
    CompletableFuture<Process> started = new CompletableFuture<>();
    host.start(() -> run(builder, started));
    return new HostProgram(started.get(SECONDS, TimeUnit.SECONDS), log);
  }

  private static Void run(ProcessBuilder builder, CompletableFuture<Process> started)
      throws InterruptedException {
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      started.completeExceptionally(e);
      return null;
    }
    started.complete(process);
    try {
      process.waitFor();
    } finally {
      process.destroyForcibly().onExit().join();
    }
    return null;
  }

  /** Runs a program to its end, and returns what it has written. */
  static String run(Host host, Path folder, Object... command) throws Exception {
    try (HostProgram program = start(host, folder, command)) {
      if (!program.succeeds()) {
        throw new AssertionError(List.of(command) + " failed: " + program);
      }
      return program.toString();
    }
  }

  /** Waits for its end, and says whether its exit status is 0. */
  boolean succeeds() throws InterruptedException {
    return process.waitFor(SECONDS, TimeUnit.SECONDS) && process.exitValue() == 0;
  }

  boolean isRunning() {
    return process.isAlive();
  }

  /** Waits until a program listens at an address of the host. */
  void awaitListening(Host host, InetSocketAddress address) throws Exception {
    await(
        () ->
            host.call(
                () -> {
                  try (Socket socket = new Socket()) {
                    socket.connect(address);
                    return true;
                  } catch (IOException e) {
                    return false;
                  }
                }));
  }

  /** Waits for a condition while the program runs. */
  void await(Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    while (!condition.call()) {
      if (process.waitFor(20, TimeUnit.MILLISECONDS) || System.nanoTime() > deadline) {
        throw new AssertionError("it did not start: " + this);
      }
    }
  }

  /** Returns its output so far. */
  @Override
  public String toString() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      return "nothing to read: " + e;
    }
  }

  /** Ends it and waits, so that the next one may use the same files. */
  @Override
  public void close() {
    process.destroy();
    try {
      process.onExit().orTimeout(SECONDS, TimeUnit.SECONDS).join();
    } finally {
      process.destroyForcibly();
    }
  }
}
