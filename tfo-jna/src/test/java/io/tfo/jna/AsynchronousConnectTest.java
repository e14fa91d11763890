package io.tfo.jna;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import io.tfo.backoff.BackOff;
import io.tfo.jdk.JdkAsynchronousChannels;
import io.tfo.test.OneConnectionServer;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The connect of an asynchronous channel, whose end several threads may see. */
@Timeout(60)
class AsynchronousConnectTest {
  private static final InetSocketAddress SERVER =
      new InetSocketAddress(OneConnectionServer.loopback(), 1);
  private static final Duration LATE = Duration.ofSeconds(1);
  private static final Duration SOON = Duration.ofSeconds(30);

  private final KernelDeferral deferral = mock(KernelDeferral.class);
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
                deferral,
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
                        await(() -> isBlockedOrEnded(reader));
                        return NativeTcp.FirstSyn.LOST;
                      }));
      timer.start();
      asks.await();
      reader.start();

      assertThat(wasLearned.get(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
      timer.join();
    }
  }

  /** The number of the descriptor may be another file's by then. */
  @Test
  void theDescriptorThatAClosedChannelKeepsIsClosedOnce(@TempDir Path folder) throws Exception {
    Path file = Files.write(folder.resolve("byte"), new byte[1]);
    when(deferral.stage(anyInt())).thenReturn(KernelDeferral.Stage.CONNECTED);
    List<InputStream> others = new ArrayList<>();
    try (AsynchronousSocketChannel channel =
        Objects.requireNonNull(jdk.open(AsynchronousChannelProvider.provider(), null))) {
      AsynchronousConnect connect = connect(channel);
      boolean unused =
          jdk.withDescriptor(
              channel,
              fd -> {
                connect.keep(fd);
                return true;
              },
              false);
      await(connect::isOver);
      assertThat(connect.tryEnd(DeferredConnect.CLOSE_KEPT, false)).isTrue();
      for (int i = 0; i < 5; i++) {
        others.add(Files.newInputStream(file));
      }

      assertThat(connect.tryEnd(DeferredConnect.CLOSE_KEPT, false)).isTrue();

      for (InputStream each : others) {
        assertThat(each.read()).isZero();
      }
    } finally {
      for (InputStream each : others) {
        each.close();
      }
    }
  }

  private static boolean isBlockedOrEnded(Thread thread) {
    Thread.State state = thread.getState();
    return state == Thread.State.BLOCKED || state == Thread.State.TERMINATED;
  }

  private static void await(BooleanSupplier condition) {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - start).isLessThan(SOON.toNanos());
      Thread.onSpinWait();
    }
  }
}
