package io.tfo.backend.windows;

import com.sun.jna.Native;
import io.tfo.spi.FastOpenBackend;
import io.tfo.testkit.Conformance;
import io.tfo.testkit.Rule;
import io.tfo.testkit.RuleResult;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The suite against the Windows backend in a Windows JVM, for {@code .ci/wine}. Prints a line for
 * each rule; ends with 1 if one failed.
 */
final class WineConformance {
  private WineConformance() {}

  public static void main(String[] arguments) throws InterruptedException {
    boolean overruled = arguments.length > 0 && arguments[0].equals("overruled");
    String without = arguments.length > 1 ? arguments[1] : "";
    boolean passed = overruled ? overruled(without) : passes(new WindowsBackend(), without);
    System.exit(passed ? 0 : 1);
  }

  private static boolean passes(FastOpenBackend backend, String without) {
    System.out.printf(
        "%s on %s, JDK %s%n  client %s%n  server %s%n",
        backend.name(),
        System.getProperty("os.name"),
        System.getProperty("java.version"),
        backend.connector().capability(),
        backend.listener().capability());
    Map<RuleResult.Verdict, Integer> count = new EnumMap<>(RuleResult.Verdict.class);
    for (Rule rule : Conformance.rules()) {
      if (!rule.id().matches(without)) {
        RuleResult result = Conformance.run(rule, backend);
        count.merge(result.verdict(), 1, Integer::sum);
        System.out.println(result);
      }
    }
    System.out.println(backend.name() + ": " + count);
    return !count.containsKey(RuleResult.Verdict.FAILED);
  }

  /** Runs the suite, and checks that ConnectEx connected and that every operation completed. */
  private static boolean overruled(String without) throws InterruptedException {
    OptionOverruled winsock = new OptionOverruled(WindowsSocketApi.load());
    boolean passed =
        passes(
            new WindowsOver(
                "windows (option overruled)",
                winsock,
                System.getProperty("os.name"),
                Native.POINTER_SIZE),
            without);
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (winsock.completed.get() < winsock.begun.get() && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    System.out.printf(
        "ConnectEx begun %s, completed %s, cancelled %s; contexts updated %s%n",
        winsock.begun, winsock.completed, winsock.cancelled, winsock.updated);
    return passed && winsock.updated.get() > 0 && winsock.completed.get() == winsock.begun.get();
  }
}
