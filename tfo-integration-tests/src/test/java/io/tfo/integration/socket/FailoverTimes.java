package io.tfo.integration.socket;

import io.tfo.integration.docs.DropInSnippets;
import io.tfo.socket.FastOpenSocketFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * Prints how long a request takes where the first of the server's two addresses is dead and the
 * second is 50 ms away, with plain sockets and with the socket factory.
 */
final class FailoverTimes {
  private static final Duration ONE_WAY = Duration.ofMillis(25);
  private static final int WARM_UP = 2;
  private static final int CALLS = 5;

  private final SocketLab hosts;
  private final FailoverServer server;
  private final FailoverClient client;

  private FailoverTimes(SocketLab hosts, FailoverClient client) throws Exception {
    this.hosts = hosts;
    this.client = client;
    this.server = client.serve(hosts);
  }

  static void print() throws Exception {
    System.out.println("| | first address | plain | with the factory |\n|---|---|---|---|");
    for (FailoverClient client : FailoverClient.values()) {
      for (DeadAddress death : DeadAddress.values()) {
        try (SocketLab hosts = SocketLab.open()) {
          new FailoverTimes(hosts, client).print(death);
        }
      }
    }
  }

  private void print(DeadAddress death) throws Exception {
    death.begin(hosts.lab());
    hosts.lab().wire().delay(ONE_WAY);
    FastOpenSocketFactory sockets = DropInSnippets.factory();
    List<Long> plain = new ArrayList<>();
    List<Long> fast = new ArrayList<>();
    for (int i = 0; i < WARM_UP + CALLS; i++) {
      long plainMillis = millis(death, null);
      long fastMillis = millis(death, sockets);
      if (i >= WARM_UP) {
        plain.add(plainMillis);
        fast.add(fastMillis);
      }
    }
    System.out.printf(
        "| %s | %s | %d ms | %d ms |%n",
        client, death.name().toLowerCase(Locale.ROOT), median(plain), median(fast));
  }

  private long millis(DeadAddress death, @Nullable FastOpenSocketFactory sockets) throws Exception {
    Callable<String> request =
        client.request(new FailoverRequests(hosts, server, death.connectTimeout(), sockets));
    return hosts.onClient(
        () -> {
          long start = System.nanoTime();
          request.call();
          return Duration.ofNanos(System.nanoTime() - start).toMillis();
        });
  }

  private static long median(List<Long> times) {
    Collections.sort(times);
    return times.get(times.size() / 2);
  }
}
