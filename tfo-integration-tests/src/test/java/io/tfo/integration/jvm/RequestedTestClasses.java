package io.tfo.integration.jvm;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Base64;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * The program of a {@link TestJvm}: reads names of test classes, a line each, and runs them. It
 * prints a line for each result: the test's unique id, the status, and a text in Base64.
 */
final class RequestedTestClasses implements TestExecutionListener {
  /** Kept here, since the log manager forgets a logger, and its level, without a reference. */
  private static final Logger LIBRARY = Logger.getLogger("io.tfo");

  private final PrintStream results;

  private RequestedTestClasses(PrintStream results) {
    this.results = results;
  }

  public static void main(String[] args) throws Exception {
    RequestedTestClasses listener = new RequestedTestClasses(System.out);
    System.setOut(System.err); // the tests print elsewhere
    // The provider logs its first connect. Here that is a connect of some test, to any port.
    LIBRARY.setLevel(Level.WARNING);
    Launcher launcher = LauncherFactory.create();
    BufferedReader names = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    for (String name = names.readLine(); name != null; name = names.readLine()) {
      listener.print(name, "STARTED", "");
      launcher.execute(
          LauncherDiscoveryRequestBuilder.request()
              .selectors(DiscoverySelectors.selectClass(name))
              .build(),
          listener);
    }
    System.exit(0); // some programs keep threads
  }

  @Override
  public void executionSkipped(TestIdentifier test, String reason) {
    print(test.getUniqueId(), "SKIPPED", reason);
  }

  @Override
  public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    StringWriter text = new StringWriter();
    result.getThrowable().ifPresent(e -> e.printStackTrace(new PrintWriter(text, true)));
    print(test.getUniqueId(), result.getStatus().name(), text.toString());
  }

  private void print(String id, String status, String text) {
    results.printf(
        "%s\t%s\t%s%n", id, status, Base64.getEncoder().encodeToString(text.getBytes(UTF_8)));
    results.flush();
  }
}
