package io.tfo.integration.socket;

import io.tfo.lab.Lab;
import io.tfo.lab.Segment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * Prints, as docs/figures.md has it, how long a new connection and its first answer take, 50 ms
 * from the server, plainly and with TCP Fast Open.
 */
public final class TimesTable {
  private static final Duration ONE_WAY = Duration.ofMillis(25);
  private static final int WARM_UP = 20;
  private static final int CALLS = 15;

  private TimesTable() {}

  public static void head() {
    System.out.printf(
        "JDK %s, %s %s%n%n",
        Runtime.version(), System.getProperty("os.name"), System.getProperty("os.version"));
    System.out.println("| | plain | with SYN data | in the SYN |\n|---|---|---|---|");
  }

  /** Takes calls that are made on the client, and return when their answer was there. */
  public static void row(Lab lab, String name, Callable<Long> plain, Callable<Long> fast)
      throws Exception {
    for (int i = 0; i < WARM_UP; i++) {
      millis(lab, plain);
      millis(lab, fast);
    }
    lab.wire().delay(ONE_WAY);
    List<Double> plainly = new ArrayList<>();
    List<Double> fastly = new ArrayList<>();
    Segment syn = null;
    for (int i = 0; i < CALLS; i++) {
      plainly.add(millis(lab, plain));
      lab.wire().forget();
      fastly.add(millis(lab, fast));
      syn = lab.wire().syns().get(0);
    }
    System.out.printf(
        "| %s | %.0f ms | %.0f ms | %d bytes |%n",
        name, median(plainly), median(fastly), syn.payloadLength());
  }

  private static double millis(Lab lab, Callable<Long> call) throws Exception {
    return lab.client()
        .call(
            () -> {
              long start = System.nanoTime();
              return (call.call() - start) / 1e6;
            });
  }

  private static double median(List<Double> times) {
    Collections.sort(times);
    return times.get(times.size() / 2);
  }
}
