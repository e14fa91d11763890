package io.tfo.backoff;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.WeakReference;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The policy's single steps; {@link BackOffSimulationTest} shows what comes of them. */
@Timeout(60)
class BackOffTest {
  private static final Duration INSTANT = Duration.ofNanos(1);
  private static final InetSocketAddress SERVER = BackOffSimulation.destination(1, 1);
  private static final long UNKNOWN = 0;

  /** A clock may begin anywhere: this one soon becomes negative. */
  private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 5_000_000_000L);

  private final BackOff backOff = new BackOff(clock::get, 5);

  private void pass(Duration time) {
    clock.addAndGet(time.toNanos());
  }

  private static long millis(long millis) {
    return Duration.ofMillis(millis).toNanos();
  }

  private boolean admits(InetSocketAddress destination) {
    return backOff.admits(destination, UNKNOWN);
  }

  /** Makes a connect that is allowed to try, and loses its SYN. */
  private void tryAndLose(InetSocketAddress destination) {
    assertThat(admits(destination)).as("tries %s", destination).isTrue();
    long start = backOff.now();
    pass(Duration.ofSeconds(1));
    backOff.retransmitted(destination, start, true);
  }

  private void loseTwice(InetSocketAddress destination) {
    tryAndLose(destination);
    tryAndLose(destination);
  }

  private void tryAndSucceed(InetSocketAddress destination) {
    assertThat(admits(destination)).isTrue();
    pass(INSTANT);
    backOff.answered(destination, backOff.now(), true);
  }

  private void expectAWaitOf(Duration wait) {
    assertThat(admits(SERVER)).isFalse();
    pass(wait.minus(INSTANT));
    assertThat(admits(SERVER)).isFalse();
    pass(INSTANT);
  }

  /** A FreeBSD server, for example, answers data 20 to 45 ms late. */
  @Test
  void aProgramWithLessTimeThanTheServersDelayedAckConnectsPlainlyAfterTwoFailures() {
    for (int i = 0; i < 2; i++) {
      assertThat(admits(SERVER)).isTrue();
      long start = backOff.now();
      pass(Duration.ofMillis(30));
      backOff.unanswered(SERVER, start, true, millis(30));
      assertThat(admits(SERVER)).isFalse();
      pass(Duration.ofMillis(1));
      backOff.plainAnswered(SERVER, backOff.now(), millis(1));
    }
    assertThat(admits(SERVER)).isFalse();
  }

  /** It would keep the program in memory, where the library is not a part of it. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void keepsNoAddressOfAProgramsOwnClass(boolean isLost) {
    WeakReference<?> address = fail(isLost);
    long start = System.nanoTime();
    while (address.get() != null && System.nanoTime() - start < TimeUnit.SECONDS.toNanos(20)) {
      System.gc();
      LockSupport.parkNanos(10_000_000);
    }
    assertThat(address.get()).isNull();
    assertThat(backOff.remembers(SERVER)).isTrue();
  }

  private WeakReference<?> fail(boolean isLost) {
    InetSocketAddress own =
        new InetSocketAddress(SERVER.getAddress(), SERVER.getPort()) {
          private static final long serialVersionUID = 1;
        };
    if (isLost) {
      loseTwice(own);
    } else {
      backOff.failed(own, backOff.now(), true);
    }
    return new WeakReference<>(own);
  }

  @Test
  void remembersNothingWhileNothingIsLost() {
    tryAndSucceed(SERVER);

    assertThat(backOff.size()).isZero();
    assertThat(admits(SERVER)).isTrue();
  }

  @Test
  void waitsFourTimesAsLongAfterEachLostTrialUpToAnHour() {
    loseTwice(SERVER);
    for (int seconds : new int[] {3, 12, 48, 192, 768, 3072, 3600, 3600}) {
      expectAWaitOf(Duration.ofSeconds(seconds));
      tryAndLose(SERVER);
    }
  }

  @Test
  void oneLossIsAnOrdinaryOne() {
    tryAndLose(SERVER);
    tryAndSucceed(SERVER);

    assertThat(backOff.size()).isZero();
  }

  @Test
  void anAnswerToASynWithoutDataSaysNothingOfThoseWithData() {
    tryAndLose(SERVER);
    backOff.answered(SERVER, backOff.now(), false);
    assertThat(backOff.remembers(SERVER)).isTrue();

    long start = backOff.now() + 1;
    backOff.answered(SERVER, start, true);
    assertThat(backOff.remembers(SERVER)).isFalse();
    backOff.retransmitted(SERVER, start + millis(50), false);
    backOff.answered(SERVER, start + millis(51), false);
    assertThat(backOff.remembers(SERVER)).as("without data, too").isFalse();
  }

  @Test
  void aTrialThatIsAnsweredForgetsAllLosses() {
    loseTwice(SERVER);
    pass(BackOff.FIRST);

    tryAndSucceed(SERVER);

    assertThat(backOff.size()).isZero();
  }

  @Test
  void connectsThatBeginTogetherLoseOnce() {
    long start = backOff.now();
    pass(Duration.ofSeconds(1));
    for (int i = 0; i <= 100; i++) {
      backOff.retransmitted(SERVER, start + millis(i), true);
    }
    assertThat(admits(SERVER)).isTrue();

    backOff.retransmitted(SERVER, start + millis(101), true);
    expectAWaitOf(BackOff.FIRST);
    backOff.retransmitted(SERVER, start + millis(900), true);
    assertThat(admits(SERVER)).as("no longer wait for what had begun before").isTrue();
  }

  @Test
  void anAnswerToALaterSynDisprovesALoss() {
    long start = backOff.now();
    backOff.answered(SERVER, start + millis(2), true);

    backOff.retransmitted(SERVER, start, true);
    backOff.failed(SERVER, start, true);
    assertThat(backOff.size()).isZero();

    backOff.retransmitted(SERVER, start + millis(3), true);
    assertThat(backOff.remembers(SERVER)).isTrue();
  }

  @Test
  void afterAWaitOneConnectTriesForAll() {
    loseTwice(SERVER);
    pass(BackOff.FIRST);
    assertThat(admits(SERVER)).isTrue();

    assertThat(admits(SERVER)).isFalse();
    assertThat(backOff.destinations()).isOne();
    pass(BackOff.TRIAL);
    assertThat(admits(SERVER)).as("the first trial has no result").isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "1999, 0, false", "2000, 0, true", "0, 0, true",
    "0, 1999, false", "0, 2000, true", "2000, 1000, true"
  })
  void onlyAConnectThatHasTheTimeTries(long timeoutMillis, long patienceMillis, boolean tries) {
    if (patienceMillis == 0) {
      loseTwice(SERVER);
    } else {
      giveUpTwice(patienceMillis);
    }
    pass(BackOff.FIRST);

    assertThat(backOff.admits(SERVER, millis(timeoutMillis))).isEqualTo(tries);
  }

  private void giveUpTwice(long patienceMillis) {
    giveUp(patienceMillis);
    giveUp(patienceMillis);
  }

  private void giveUp(long patienceMillis) {
    long start = backOff.now();
    assertThat(admits(SERVER)).isTrue();
    pass(Duration.ofMillis(patienceMillis));
    backOff.unanswered(SERVER, start, true, millis(patienceMillis));
    assertThat(admits(SERVER)).isFalse();
    backOff.plainAnswered(SERVER, backOff.now(), millis(1));
  }

  @ParameterizedTest
  @CsvSource({"700, 3000", "3000, 700"})
  void ofTwoThatGiveUpTheLessPatientOneDecidesWhetherOthersTry(long first, long second) {
    giveUp(first);
    giveUp(second);
    pass(BackOff.FIRST);

    assertThat(admits(SERVER)).isFalse();
  }

  @Test
  void whereDataWasAnsweredRecentlyTheImpatientTryToo() {
    backOff.answered(SERVER, backOff.now(), true);
    pass(Duration.ofMillis(10));
    giveUpTwice(700);
    pass(BackOff.FIRST);
    assertThat(admits(SERVER)).isTrue();

    pass(Duration.ofHours(1));
    assertThat(admits(SERVER)).isFalse();
    pass(Duration.ofHours(23));
    assertThat(admits(SERVER)).as("after a day").isTrue();
    assertThat(backOff.remembers(SERVER)).isFalse();
  }

  /** How a connect with the option ends without an answer in time. */
  enum Trouble {
    REFUSED,
    GIVEN_UP,
    LATE;

    /** The longest time of a plain connect that shows that the option was to blame. */
    long millis() {
      return this == REFUSED ? 1_000_000 : this == GIVEN_UP ? 70 : 950;
    }
  }

  private void tryInTrouble(Trouble trouble) {
    assertThat(admits(SERVER)).isTrue();
    long start = backOff.now();
    pass(INSTANT);
    switch (trouble) {
      case REFUSED -> backOff.failed(SERVER, start, true);
      case GIVEN_UP -> backOff.unanswered(SERVER, start, true, millis(trouble.millis()));
      case LATE -> backOff.answeredLate(SERVER, start, true);
    }
    assertThat(admits(SERVER)).as("the next connect is plain").isFalse();
    assertThat(backOff.isSuspected(SERVER)).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void aPlainConnectThatIsAnsweredAsSoonMakesItALoss(Trouble trouble) {
    for (int i = 0; i < 2; i++) {
      tryInTrouble(trouble);
      backOff.plainAnswered(SERVER, backOff.now(), millis(trouble.millis()));
      assertThat(backOff.isSuspected(SERVER)).isFalse();
    }
    expectAWaitOf(BackOff.FIRST);
  }

  @ParameterizedTest
  @EnumSource
  void aPlainConnectThatIsRefusedOrTakesLongerEndsTheSuspicion(Trouble trouble) {
    tryInTrouble(trouble);
    backOff.plainFailed(SERVER, backOff.now(), Long.MAX_VALUE);
    assertThat(backOff.size()).isZero();

    if (trouble != Trouble.REFUSED) {
      tryInTrouble(trouble);
      backOff.plainAnswered(SERVER, backOff.now(), millis(trouble.millis() + 1));
      assertThat(backOff.size()).isZero();
      tryInTrouble(trouble);
      backOff.plainFailed(SERVER, backOff.now(), millis(trouble.millis() - 1));
      assertThat(backOff.isSuspected(SERVER)).as("it was given up sooner").isTrue();
      backOff.plainFailed(SERVER, backOff.now(), millis(trouble.millis()));
      assertThat(backOff.size()).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aRefusalDuringATrialChangesNothingOfTheWaitBefore(Trouble trouble) {
    loseTwice(SERVER);
    pass(BackOff.FIRST);
    tryInTrouble(trouble);

    backOff.plainFailed(SERVER, backOff.now(), Long.MAX_VALUE);

    pass(BackOff.TRIAL);
    tryAndLose(SERVER);
    expectAWaitOf(BackOff.FIRST.multipliedBy(4));
  }

  @Test
  void aLossThatBeganBeforeATrialSaysNothingOfIt() {
    long before = backOff.now();
    loseTwice(SERVER);
    pass(BackOff.FIRST);
    assertThat(admits(SERVER)).isTrue();

    backOff.retransmitted(SERVER, before, true);

    pass(BackOff.TRIAL);
    assertThat(admits(SERVER)).as("the next trial").isTrue();
  }

  @Test
  void aFailureThatBeganBeforeTheSecondLossSaysNothing() {
    long before = backOff.now();
    loseTwice(SERVER);

    backOff.failed(SERVER, before, true);

    assertThat(backOff.isSuspected(SERVER)).isFalse();
  }

  @Test
  void aPlainConnectThatBeganBeforeDecidesNothing() {
    long before = backOff.now();
    tryInTrouble(Trouble.REFUSED);

    backOff.plainAnswered(SERVER, before, 1);
    backOff.plainFailed(SERVER, before, Long.MAX_VALUE);

    assertThat(backOff.isSuspected(SERVER)).isTrue();
  }

  @Test
  void aSuspicionEndsWhereNoPlainConnectIsAnsweredInTime() {
    tryInTrouble(Trouble.GIVEN_UP);
    pass(Suspicion.CONTROL.minus(INSTANT));
    assertThat(admits(SERVER)).isFalse();
    pass(INSTANT);
    assertThat(admits(SERVER)).isTrue();
    assertThat(backOff.size()).isZero();
  }

  @Test
  void aConnectThatIsGivenUpAtOnceSaysNothing() {
    backOff.unanswered(SERVER, backOff.now(), true, BackOff.SHORTEST.toNanos() - 1);
    assertThat(backOff.size()).isZero();

    backOff.unanswered(SERVER, backOff.now(), true, BackOff.SHORTEST.toNanos());
    assertThat(backOff.isSuspected(SERVER)).isTrue();
  }

  @Test
  void countsTheDestinationsThatWait() {
    tryAndLose(BackOffSimulation.destination(2, 1));
    loseTwice(SERVER);
    loseTwice(BackOffSimulation.destination(1, 2));
    assertThat(backOff.destinations()).isEqualTo(2);

    pass(BackOff.FIRST);
    assertThat(backOff.destinations()).isZero();
  }

  @Test
  void twoPortsSpeakForTheirAddressUntilOneIsAnswered() {
    InetSocketAddress third = BackOffSimulation.destination(1, 3);
    loseTwice(SERVER);
    assertThat(admits(BackOffSimulation.destination(1, 2))).isTrue();
    loseTwice(BackOffSimulation.destination(1, 2));

    assertThat(admits(third)).isFalse();
    assertThat(admits(BackOffSimulation.destination(2, 3))).isTrue();
    pass(BackOff.FIRST);
    assertThat(admits(third)).as("one port tries for all").isTrue();
    assertThat(admits(BackOffSimulation.destination(1, 4))).isFalse();
    backOff.answered(third, backOff.now(), true);
    assertThat(admits(BackOffSimulation.destination(1, 4))).isTrue();
  }

  @Test
  void aRefusedTrialForAnAddressIsThatPortsAlone() {
    loseTwice(SERVER);
    loseTwice(BackOffSimulation.destination(1, 2));
    pass(BackOff.FIRST);
    InetSocketAddress closed = BackOffSimulation.destination(1, 3);
    assertThat(admits(closed)).isTrue();
    backOff.failed(closed, backOff.now(), true);
    pass(INSTANT);
    backOff.plainFailed(closed, backOff.now(), Long.MAX_VALUE);

    pass(BackOff.TRIAL);
    assertThat(admits(closed)).isTrue();
  }

  @Test
  void theEntryThatCostsLeastToLearnAgainGivesWay() {
    loseTwice(SERVER);
    for (int host = 2; host < 100; host++) {
      pass(INSTANT);
      backOff.failed(BackOffSimulation.destination(host, 1), backOff.now(), true);
    }
    tryAndLose(BackOffSimulation.destination(100, 1));
    backOff.failed(BackOffSimulation.destination(101, 1), backOff.now(), true);

    assertThat(backOff.size()).isEqualTo(5);
    assertThat(backOff.remembers(SERVER)).isTrue();
    assertThat(backOff.remembers(BackOffSimulation.destination(98, 1))).as("the oldest").isFalse();
    assertThat(backOff.remembers(BackOffSimulation.destination(100, 1))).isTrue();
  }

  /**
   * The table makes room for many at once. Otherwise each loss in a program with very many refusing
   * destinations would search the whole table.
   */
  @Test
  void aFullTableMakesRoomForATenthAtOnceAndKeepsWhatCostMost() {
    BackOff large = new BackOff(clock::get, 100);
    InetSocketAddress first = BackOffSimulation.destination(1000, 1);
    suspect(large, first);
    for (int host = 0; host < 2; host++) {
      for (int loss = 0; loss < 2; loss++) {
        pass(Duration.ofSeconds(1));
        large.retransmitted(BackOffSimulation.destination(host, 1), large.now(), true);
      }
    }
    int lost = large.size();
    for (int host = 2; large.size() < 100; host++) {
      suspect(large, BackOffSimulation.destination(host, 1));
    }
    assertThat(large.remembers(first)).isTrue();

    InetSocketAddress last = BackOffSimulation.destination(1001, 1);
    suspect(large, last);

    assertThat(large.size()).isEqualTo(90);
    assertThat(large.remembers(first)).as("the oldest suspicion").isFalse();
    assertThat(large.remembers(last)).as("the youngest").isTrue();
    for (int more = 2000; more < 4000; more++) {
      suspect(large, BackOffSimulation.destination(more, 1));
      assertThat(large.size()).isBetween(90, 100);
    }
    assertThat(large.destinations()).as("of %d losses", lost).isEqualTo(2);
  }

  private void suspect(BackOff memory, InetSocketAddress destination) {
    pass(Duration.ofNanos(1));
    memory.failed(destination, memory.now(), true);
  }

  @Test
  void remembersNothingWhereItIsSwitchedOff() {
    BackOff off = new BackOff(clock::get, 0);

    off.retransmitted(SERVER, 0, true);
    off.failed(SERVER, 0, true);
    off.answered(SERVER, 0, true);

    assertThat(off.isOff()).isTrue();
    assertThat(off.admits(SERVER, UNKNOWN)).isTrue();
    assertThat(off.size()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"false", "FALSE", " false ", "true", "", "off"})
  void isSwitchedOffByFalseAlone(String value) {
    System.setProperty("io.tfo.backoff", value);
    try {
      assertThat(BackOff.asConfigured().isOff()).isEqualTo(value.strip().equalsIgnoreCase("false"));
    } finally {
      System.clearProperty("io.tfo.backoff");
    }
    assertThat(BackOff.asConfigured().isOff()).isFalse();
  }

  private static void together(int threads, Callable<?> task) throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    CyclicBarrier barrier = new CyclicBarrier(threads);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        running.add(
            executor.submit(
                () -> {
                  barrier.await(20, TimeUnit.SECONDS);
                  return task.call();
                }));
      }
      for (Future<?> each : running) {
        each.get(30, TimeUnit.SECONDS);
      }
    } finally {
      executor.shutdownNow();
    }
  }

  @Test
  void ofManyThreadsAfterAWaitOneIsAdmittedAndOneLossCounts() throws Exception {
    loseTwice(SERVER);
    for (int seconds : new int[] {3, 12, 48, 192}) {
      pass(Duration.ofSeconds(seconds));
      AtomicLong admitted = new AtomicLong();
      long start = backOff.now();
      together(8, () -> admits(SERVER) ? admitted.incrementAndGet() : 0);
      assertThat(admitted).hasValue(1);
      pass(Duration.ofSeconds(1));
      together(
          8,
          () -> {
            backOff.retransmitted(SERVER, start, true);
            return null;
          });
      expectAWaitOf(Duration.ofSeconds(seconds * 4L));
      pass(Duration.ofSeconds(seconds * -4L));
    }
  }

  @Test
  void staysBoundedWhereAllIsLost() {
    for (int host = 1; host < 100; host++) {
      backOff.retransmitted(BackOffSimulation.destination(host, 1), backOff.now(), true);
    }

    assertThat(backOff.size()).isBetween(1, 5);
  }

  @Test
  void staysBoundedWhereManyThreadsLoseAtOnce() throws Exception {
    AtomicLong host = new AtomicLong(1);
    together(
        8,
        () -> {
          int first = (int) host.getAndAdd(1000);
          IntStream.range(first, first + 1000)
              .forEach(
                  i -> backOff.failed(BackOffSimulation.destination(i, 1), backOff.now(), true));
          return null;
        });

    assertThat(backOff.size()).isBetween(1, 5);
  }
}
