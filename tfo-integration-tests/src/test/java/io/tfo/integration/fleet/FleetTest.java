package io.tfo.integration.fleet;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenKeySchedule;
import io.tfo.FastOpenKeySource;
import io.tfo.FastOpenKeys;
import io.tfo.FastOpenListener;
import io.tfo.FastOpenOutcome;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Three servers behind one address, under load. */
@Timeout(120)
class FleetTest {
  private static final byte[] SECRET = "correct horse battery staple".getBytes(US_ASCII);
  private static final Duration PERIOD = Duration.ofHours(1);
  private static final Instant BEGIN = Instant.ofEpochSecond(20_418 * 86_400L);
  private static final int SERVERS = 3;
  private static final int ROTATIONS = 3;

  /**
   * The servers ask for their keys once in a while. Clients without a pause would connect ten
   * thousand times meanwhile, and the kernel would mostly search for a free port.
   */
  private static final Duration BETWEEN_CONNECTS = Duration.ofMillis(20);

  /** A server's keys by a clock that the test moves, and how often it has asked for them. */
  private static final class Server implements FastOpenKeySource {
    private final FastOpenKeySchedule schedule = FastOpenKeySchedule.of(SECRET, PERIOD);
    private final AtomicReference<Instant> clock;
    private final AtomicReference<Instant> seen = new AtomicReference<>(BEGIN);
    private final AtomicInteger asked = new AtomicInteger();

    Server(AtomicReference<Instant> clock) {
      this.clock = clock;
    }

    @Override
    public FastOpenKeys keysAt(Instant time) {
      Instant now = clock.get();
      if (!now.equals(seen.getAndSet(now))) {
        asked.set(0);
      }
      asked.incrementAndGet();
      return schedule.keysAt(now);
    }

    /**
     * Says whether the keys of a time are set. They are once the listener has asked a second time.
     */
    boolean hasKeysOf(Instant time) {
      return seen.get().equals(time) && asked.get() > 1;
    }
  }

  /** Connects again and again on four threads, until it is stopped, and counts the outcomes. */
  private static final class Clients {
    private final Map<FastOpenOutcome, AtomicInteger> outcomes =
        new EnumMap<>(FastOpenOutcome.class);
    private final Future<?>[] threads = new Future<?>[4];
    private volatile boolean stopped;

    Clients(Fleet fleet) {
      for (FastOpenOutcome each : FastOpenOutcome.values()) {
        outcomes.put(each, new AtomicInteger());
      }
      for (int i = 0; i < threads.length; i++) {
        threads[i] =
            fleet
                .lab
                .client()
                .start(
                    () -> {
                      while (!stopped) {
                        outcomes.get(fleet.exchange(0)).incrementAndGet();
                        LockSupport.parkNanos(BETWEEN_CONNECTS.toNanos());
                      }
                      return null;
                    });
      }
    }

    int count(FastOpenOutcome outcome) {
      return outcomes.get(outcome).get();
    }

    int all() {
      return outcomes.values().stream().mapToInt(AtomicInteger::get).sum();
    }

    /** Waits for more connects; fails with the exception of a client that has failed. */
    void awaitMore(int more) throws Exception {
      int least = all() + more;
      while (all() < least) {
        for (Future<?> each : threads) {
          if (each.isDone()) {
            each.get();
          }
        }
        LockSupport.parkNanos(1_000_000);
      }
    }

    void stop() throws Exception {
      stopped = true;
      for (Future<?> each : threads) {
        each.get(30, TimeUnit.SECONDS);
      }
    }

    @Override
    public String toString() {
      return outcomes.toString();
    }
  }

  @Test
  void everySynIsAcknowledgedAcrossThreeRotationsWhereTheServersShareASecret() throws Exception {
    AtomicReference<Instant> clock = new AtomicReference<>(BEGIN);
    Server[] sources = {new Server(clock), new Server(clock), new Server(clock)};
    try (Fleet fleet = Fleet.open(SERVERS)) {
      for (Server each : sources) {
        fleet.serve(FastOpenListener.system().withKeys(each), FastOpenListener.FAST_OPEN_BACKLOG);
      }
      FastOpenOutcome first = fleet.lab.client().call(() -> fleet.exchange(0));
      assertThat(first).isEqualTo(FastOpenOutcome.COOKIE_REQUESTED);

      Clients clients = new Clients(fleet);
      clients.awaitMore(50);
      for (int half = 1; half <= 2 * ROTATIONS; half++) {
        Instant now = BEGIN.plus(PERIOD.dividedBy(2).multipliedBy(half));
        clock.set(now);
        for (Server each : sources) {
          while (!each.hasKeysOf(now)) {
            clients.awaitMore(1);
          }
        }
        clients.awaitMore(50);
      }
      clients.stop();

      assertThat(clients.count(FastOpenOutcome.SYN_DATA_ACKED))
          .as(clients.toString())
          .isEqualTo(clients.all())
          .isGreaterThan(350);
      assertThat(fleet.servers("TCPFastOpenPassive")).isEqualTo(clients.all());
      assertThat(fleet.servers("TCPFastOpenPassiveFail")).isZero();
      assertThat(fleet.servers("TCPFastOpenPassiveAltKey")).isPositive();
      assertThat(fleet.listening).hasSize(SERVERS);
      for (int i = 0; i < SERVERS; i++) {
        assertThat(fleet.served(i)).as("server %d", i).isPositive();
      }
    }
  }

  @Test
  void aboutAThirdOfTheSynsIsAcknowledgedWhereEachServerHasItsOwnKey() throws Exception {
    try (Fleet fleet = Fleet.open(SERVERS)) {
      for (int i = 0; i < SERVERS; i++) {
        fleet.serve(FastOpenListener.system(), FastOpenListener.FAST_OPEN_BACKLOG);
      }
      Map<FastOpenOutcome, Integer> outcomes = new EnumMap<>(FastOpenOutcome.class);
      fleet
          .lab
          .client()
          .call(
              () -> {
                for (int port = 20_000; port < 20_300; port++) {
                  outcomes.merge(fleet.exchange(port), 1, Integer::sum);
                }
                return null;
              });

      int acknowledged = outcomes.getOrDefault(FastOpenOutcome.SYN_DATA_ACKED, 0);
      assertThat(acknowledged).as(outcomes.toString()).isBetween(75, 125);
      assertThat(outcomes)
          .containsEntry(FastOpenOutcome.COOKIE_REQUESTED, 1)
          .containsEntry(FastOpenOutcome.SYN_DATA_NOT_ACKED, 299 - acknowledged);
    }
  }
}
