package io.tfo.spi;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenKeySchedule;
import io.tfo.FastOpenKeySource;
import io.tfo.FastOpenKeys;
import io.tfo.test.FailingLog;
import io.tfo.test.SilentLogger;
import io.tfo.test.UndeployedApplication;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(30)
class KeyRotationTest {
  private static final Duration PERIOD = Duration.ofHours(1);
  private static final Instant NOON = Instant.ofEpochSecond(20_418 * 86_400L + 43_200);

  private final SteppedClock clock = new SteppedClock();
  private final KeyRotation rotation = new KeyRotation(clock, Duration.ofMillis(1));
  private final FastOpenKeySchedule schedule = FastOpenKeySchedule.of(new byte[] {7}, PERIOD);

  private static final class SteppedClock extends Clock {
    private volatile Instant now = NOON;

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }

    @Override
    public Instant instant() {
      return now;
    }
  }

  /** Stands for a listening channel; remembers the keys that it was given. */
  private static final class Listening implements KeyRotation.Access<Listening> {
    private final BlockingQueue<String> given = new LinkedBlockingQueue<>();
    private volatile boolean open = true;
    private volatile boolean takes = true;

    @Override
    public boolean isOpen(Listening listener) {
      return open;
    }

    @Override
    public boolean setKeys(Listening listener, FastOpenKeys keys) {
      given.add(keys.toSysctl());
      return takes;
    }

    String next() throws InterruptedException {
      return String.valueOf(given.poll(20, TimeUnit.SECONDS));
    }
  }

  @RegisterExtension static final SilentLogger LOG = new SilentLogger("io.tfo");

  private String keysAt(Instant time) {
    return schedule.keysAt(time).toSysctl();
  }

  private void follow(Listening listening, FastOpenKeySource source) throws IOException {
    rotation.follow(listening, listening, source, source.keysAt(clock.instant()));
  }

  @Test
  void setsKeysOnceWhenTheyChange() throws Exception {
    Listening listening = new Listening();
    AtomicInteger asked = new AtomicInteger();
    follow(
        listening,
        time -> {
          asked.incrementAndGet();
          return schedule.keysAt(time);
        });

    clock.now = NOON.plus(Duration.ofMinutes(30));
    assertThat(listening.next()).isEqualTo(keysAt(NOON.plus(Duration.ofMinutes(30))));
    clock.now = NOON.plus(PERIOD);
    assertThat(listening.next()).isEqualTo(keysAt(NOON.plus(PERIOD)));
    int before = asked.get();
    awaitMore(asked, before + 5);
    assertThat(listening.given).isEmpty();
  }

  /** Collects the lines of a logger, until it is closed. */
  private static final class Lines extends Handler implements AutoCloseable {
    private final Logger logger = Logger.getLogger("io.tfo");
    private final List<String> lines = new CopyOnWriteArrayList<>();

    Lines() {
      logger.setLevel(Level.ALL);
      logger.setUseParentHandlers(false);
      logger.addHandler(this);
    }

    @Override
    public void publish(LogRecord line) {
      lines.add(line.getMessage());
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
      logger.removeHandler(this);
      logger.setUseParentHandlers(true);
      logger.setLevel(Level.OFF);
    }
  }

  @Test
  void logsAReasonOnceUnlessItWasReportedBefore() {
    Listening told = new Listening();
    Listening other = new Listening();
    AtomicInteger asked = new AtomicInteger();
    FastOpenKeySource source =
        time -> {
          asked.incrementAndGet();
          throw new IOException("there is no such file");
        };
    try (Lines log = new Lines()) {
      rotation.followFrom(told, told, source, null, "there is no such file");
      awaitMore(asked, 3);
      assertThat(log.lines).isEmpty();

      rotation.follow(other, other, source, null);
      awaitMore(asked, asked.get() + 6);
      assertThat(log.lines)
          .containsExactly("a listener keeps the keys that it has: there is no such file");
    } finally {
      told.open = false;
      other.open = false;
    }
  }

  @Test
  @SuppressWarnings("try") // the log is there for its effect
  void goesOnWhereTheLogCannotBeWritten() throws Exception {
    Listening listening = new Listening();
    AtomicInteger asked = new AtomicInteger();
    try (FailingLog log = new FailingLog("io.tfo")) {
      rotation.follow(
          listening,
          listening,
          time -> {
            if (asked.incrementAndGet() < 3) {
              throw new IOException("no keys for now");
            }
            return schedule.keysAt(time);
          },
          null);
      assertThat(listening.next()).isEqualTo(keysAt(NOON));
    }
  }

  private static void awaitMore(AtomicInteger count, int least) {
    while (count.get() < least) {
      Thread.onSpinWait();
    }
  }

  @Test
  void followsAClockThatIsStepped() throws Exception {
    Listening listening = new Listening();
    follow(listening, schedule);

    for (Duration step :
        new Duration[] {Duration.ofDays(400), Duration.ofDays(-3), Duration.ZERO}) {
      clock.now = NOON.plus(step);
      assertThat(listening.next()).isEqualTo(keysAt(NOON.plus(step)));
    }
  }

  @Test
  void runsOnADaemonThreadThatEndsWithTheLastListener() throws Exception {
    Listening first = new Listening();
    Listening second = new Listening();
    BlockingQueue<Thread> threads = new LinkedBlockingQueue<>();
    follow(
        first,
        time -> {
          threads.add(Thread.currentThread());
          return schedule.keysAt(time);
        });
    follow(second, schedule);
    threads.take(); // this test's own
    Thread thread = threads.take();

    assertThat(thread.isDaemon()).isTrue();
    first.open = false;
    clock.now = NOON.plus(PERIOD);
    assertThat(second.next()).isEqualTo(keysAt(NOON.plus(PERIOD)));
    assertThat(first.given).isEmpty();
    second.open = false;
    thread.join();
    follow(new Listening(), schedule); // begins again
  }

  @Test
  void goesOnForOthersWhereASourceThrowsAnError() throws Exception {
    Listening broken = new Listening();
    Listening other = new Listening();
    AtomicInteger failures = new AtomicInteger();
    rotation.follow(
        broken,
        broken,
        time -> {
          failures.incrementAndGet();
          throw new NoClassDefFoundError("the store of keys");
        },
        null);
    awaitMore(failures, 2);
    follow(other, schedule);

    clock.now = NOON.plus(PERIOD);
    assertThat(other.next()).isEqualTo(keysAt(NOON.plus(PERIOD)));
    awaitMore(failures, failures.get() + 2);
  }

  @Test
  void keepsTheKeysWhileTheSourceFailsAndGoesOnAfterwards() throws Exception {
    Listening listening = new Listening();
    AtomicInteger failures = new AtomicInteger();
    follow(
        listening,
        time -> {
          if (time.equals(NOON.plus(PERIOD))) {
            failures.incrementAndGet();
            throw new IOException("the store of keys is away");
          }
          return schedule.keysAt(time);
        });

    clock.now = NOON.plus(PERIOD);
    awaitMore(failures, 3);
    assertThat(listening.given).isEmpty();
    clock.now = NOON.plus(PERIOD).plusSeconds(1);
    assertThat(listening.next()).isEqualTo(keysAt(NOON.plus(PERIOD)));
  }

  @Test
  void stopsForAListenerThatCanHaveNoKeys() throws Exception {
    Listening listening = new Listening();
    listening.takes = false;
    follow(listening, schedule);
    Listening other = new Listening();
    follow(other, schedule);

    clock.now = NOON.plus(PERIOD);
    assertThat(listening.next()).isEqualTo(keysAt(NOON.plus(PERIOD)));
    assertThat(other.next()).isEqualTo(keysAt(NOON.plus(PERIOD)));
    clock.now = NOON;
    assertThat(other.next()).isEqualTo(keysAt(NOON));
    assertThat(listening.given).isEmpty();
  }

  @Test
  void hasAListenerFollowTheLatestSourceOnly() throws Exception {
    Listening listening = new Listening();
    FastOpenKeys fixed = FastOpenKeys.of(new byte[16]);
    follow(listening, schedule);
    rotation.follow(listening, listening, fixed, null);

    assertThat(listening.next()).isEqualTo(fixed.toSysctl());
    Listening other = new Listening();
    follow(other, schedule);
    clock.now = NOON.plus(PERIOD);
    assertThat(other.next()).isEqualTo(keysAt(NOON.plus(PERIOD)));
    assertThat(listening.given).isEmpty();
  }

  @Test
  void beginsWithTheNextListenerWhereTheThreadCouldNotBeStarted() throws Exception {
    AtomicInteger starts = new AtomicInteger();
    KeyRotation refused =
        new KeyRotation(
            clock,
            Duration.ofMillis(1),
            run ->
                new Thread(run) {
                  {
                    setDaemon(true);
                  }

                  @Override
                  public void start() {
                    if (starts.getAndIncrement() == 0) {
                      throw new OutOfMemoryError("unable to create native thread");
                    }
                    super.start();
                  }
                });
    Listening first = new Listening();
    Listening second = new Listening();
    refused.follow(first, first, schedule, schedule.keysAt(NOON));
    refused.follow(second, second, schedule, schedule.keysAt(NOON));

    clock.now = NOON.plus(PERIOD);
    assertThat(first.next()).isEqualTo(keysAt(NOON.plus(PERIOD)));
    assertThat(second.next()).isEqualTo(keysAt(NOON.plus(PERIOD)));
    assertThat(starts).hasValue(2);
  }

  @Test
  void itsThreadKeepsNoApplicationInMemory() throws Exception {
    Listening listening = new Listening();
    BlockingQueue<Thread> threads = new LinkedBlockingQueue<>();
    FastOpenKeySource source =
        time -> {
          threads.add(Thread.currentThread());
          return schedule.keysAt(time);
        };
    WeakReference<ClassLoader> application =
        UndeployedApplication.calling(
            () -> {
              rotation.follow(listening, listening, source, null);
              return null;
            });
    Thread thread = threads.take();

    while (application.get() != null) { // the test's own time limit ends it
      System.gc();
      assertThat(threads.take()).isSameAs(thread);
    }
    assertThat(thread.isAlive()).isTrue();
  }
}
