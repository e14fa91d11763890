package io.tfo.jna;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

import io.tfo.backoff.BackOff;
import io.tfo.jdk.JdkAsynchronousChannels;
import io.tfo.test.OneConnectionServer;
import java.net.InetSocketAddress;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The connect of an asynchronous channel, which several threads are told of. */
@Timeout(60)
class AsynchronousConnectTest {
  private static final InetSocketAddress SERVER =
      new InetSocketAddress(OneConnectionServer.loopback(), 1);
  private static final Duration LATE = Duration.ofSeconds(1);

  private final AtomicLong clock = new AtomicLong();
  private final BackOff backOff = new BackOff(clock::get, 10);
  private final JdkAsynchronousChannels jdk =
      Objects.requireNonNull(JdkAsynchronousChannels.ACCESS);

  private AsynchronousConnect connect(AsynchronousSocketChannel channel) {
    LearnedDestinations learned = new LearnedDestinations(backOff);
    AsynchronousConnects connects =
        new AsynchronousConnects(
            jdk,
            new DeferringConnects.Setup(
                "scripted",
                new ScriptedTcp(),
                mock(KernelDeferral.class),
                new SynLossDetector(backOff),
                learned.known(),
                learned.serverFirst(),
                new CookiePolicy(null, null),
                destination -> true,
                Duration.ZERO));
    return new AsynchronousConnect(connects, channel, SERVER, true, true);
  }

  @Test
  void aReaderThatClosesTheChannelFindsALateAnswerLearned() throws Exception {
    try (AsynchronousSocketChannel channel =
        Objects.requireNonNull(jdk.open(AsynchronousChannelProvider.provider(), null))) {
      AsynchronousConnect connect = connect(channel);
      clock.addAndGet(LATE.toNanos());
      CountDownLatch asks = new CountDownLatch(1);
      CompletableFuture<Boolean> wasLearned = new CompletableFuture<>();
      Thread reader =
          new Thread(
              () -> {
                connect.completed(AsynchronousConnect.Use.READ, 1);
                wasLearned.complete(backOff.remembers(SERVER));
              });
      Thread timer =
          new Thread(
              () ->
                  connect.answered(
                      () -> {
                        asks.countDown();
                        awaitBlockedOrEnded(reader);
                        return NativeTcp.FirstSyn.LOST;
                      }));
      timer.start();
      asks.await();
      reader.start();

      assertThat(wasLearned.get(30, TimeUnit.SECONDS)).isTrue();
      timer.join();
    }
  }

  private static void awaitBlockedOrEnded(Thread thread) {
    while (thread.getState() != Thread.State.BLOCKED
        && thread.getState() != Thread.State.TERMINATED) {
      Thread.onSpinWait();
    }
  }
}
