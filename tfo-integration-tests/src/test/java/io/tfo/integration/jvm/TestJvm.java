package io.tfo.integration.jvm;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.opentest4j.TestAbortedException;

/**
 * A child JVM that runs test classes one after the other, each when this JVM asks for it. It ends
 * when its input ends, and so does not outlive this JVM.
 */
final class TestJvm implements AutoCloseable {
  /** The longest wait for one result. A test may take less there. */
  private static final long MOST_SECONDS = 200;

  private final Process process;
  private final PrintStream requests;
  private final Map<String, CompletableFuture<Result>> results = new ConcurrentHashMap<>();
  private final AtomicInteger received = new AtomicInteger();
  private volatile boolean ended;

  /**
   * The result of a test or of a class.
   *
   * @param status as in {@code TestExecutionResult.Status}, or {@code STARTED} or {@code SKIPPED}
   * @param text the stack trace, or the reason of a skip
   */
  private record Result(String status, String text) {}

  private static final Result ENDED = new Result("FAILED", "it has ended");

  private TestJvm(Process process) {
    this.process = process;
    requests = new PrintStream(process.getOutputStream(), true, UTF_8);
    Thread reader = new Thread(this::readResults, "results of the child JVM");
    reader.setDaemon(true);
    reader.start();
  }

  /** Starts the JVM with this JVM's options, test agents and properties of ours, and some more. */
  static TestJvm start(List<String> options, Map<String, String> environment) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(each -> each.matches("(-XX:|--|-Dslf4j|-javaagent:.*(jacoco|mockito)).*"))
        .forEach(command::add);
    System.getProperties().stringPropertyNames().stream()
        .filter(name -> name.startsWith("io.tfo."))
        .forEach(name -> command.add("-D" + name + "=" + System.getProperty(name)));
    command.addAll(options);
    command.addAll(
        List.of(
            "-cp", System.getProperty("java.class.path"), RequestedTestClasses.class.getName()));
    try {
      ProcessBuilder builder = new ProcessBuilder(command).redirectError(Redirect.INHERIT);
      builder.environment().putAll(environment);
      return new TestJvm(builder.start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Lets the JVM run a class, and waits until it has begun. */
  void run(Class<?> test) throws Exception {
    requests.println(test.getName());
    await(result(test.getName()));
  }

  /** Fails or skips as a test did there that has ended. */
  void expectSuccess(String uniqueId) {
    Result result = result(uniqueId).getNow(null);
    if (result == null) {
      String text = result(classOf(uniqueId)).join().text();
      throw new AssertionError("in the child JVM the class ended without this test: " + text);
    }
    switch (result.status()) {
      case "SUCCESSFUL" -> {}
      case "ABORTED", "SKIPPED" -> throw new TestAbortedException(result.text());
      default -> throw new AssertionError("in the child JVM: " + result.text());
    }
  }

  private CompletableFuture<Result> result(String name) {
    CompletableFuture<Result> result =
        results.computeIfAbsent(name, key -> new CompletableFuture<>());
    if (ended) {
      result.complete(ENDED);
    }
    return result;
  }

  /** Waits for a test's end, or its class's where that ends without it. */
  void awaitTest(String uniqueId) throws Exception {
    await(CompletableFuture.anyOf(result(uniqueId), result(classOf(uniqueId))));
  }

  /** Waits as long as other results come. */
  private void await(Future<?> ended) throws Exception {
    int before;
    do {
      before = received.get();
      try {
        ended.get(MOST_SECONDS, TimeUnit.SECONDS);
      } catch (TimeoutException e) {
        if (received.get() == before) {
          throw e;
        }
      }
    } while (!ended.isDone());
  }

  private static String classOf(String uniqueId) {
    String type = "/[class:";
    return uniqueId.substring(0, uniqueId.indexOf(']', uniqueId.indexOf(type) + type.length()) + 1);
  }

  private void readResults() {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] words = line.split("\t", -1);
        String text = new String(Base64.getDecoder().decode(words[2]), UTF_8);
        result(words[0]).complete(new Result(words[1], text));
        received.incrementAndGet();
      }
    } catch (IOException e) {
      // The results end here.
    }
    ended = true;
    results.values().forEach(each -> each.complete(ENDED));
  }

  /** Ends the JVM. */
  @Override
  public void close() {
    requests.close();
    try {
      process.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      process.destroyForcibly();
    }
  }
}
