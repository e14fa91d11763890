package io.tfo.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
@Timeout(60)
class DescriptorsTest {
  private final List<SocketChannel> opened = new ArrayList<>();

  /** The JDK opens a socket when it closes one for the first time, and keeps it. */
  @BeforeAll
  static void haveTheJdkOpenWhatItKeeps() throws IOException {
    SocketChannel.open().close();
  }

  @AfterEach
  void close() throws IOException {
    for (SocketChannel each : opened) {
      each.close();
    }
  }

  private void openOne() throws IOException {
    opened.add(SocketChannel.open());
  }

  @Test
  void namesTheOneDescriptorThatEachRoundLeavesOpen() throws Exception {
    assertThatThrownBy(() -> Descriptors.expectNoneLeft("connects", this::openOne))
        .isInstanceOf(AssertionError.class)
        .hasMessageMatching("connects left 1 descriptors open, .*\\[\\d+ socket:\\[\\d+]]");
  }

  @Test
  void doesNotMindWhatIsOpenedOnce() {
    assertThatCode(
            () ->
                Descriptors.expectNoneLeft(
                    "connects",
                    () -> {
                      if (opened.isEmpty()) {
                        openOne();
                      }
                    }))
        .doesNotThrowAnyException();
  }

  @Test
  void waitsForAThreadThatStillHasToClose() throws Exception {
    Set<String> before = Descriptors.open();
    openOne();
    Thread waiting = Thread.currentThread();
    CompletableFuture<Void> closing =
        CompletableFuture.runAsync(
            () -> {
              try {
                awaitWaitIn(waiting, "leftSince");
                opened.get(0).close();
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });

    assertThat(Descriptors.leftSince(before)).isEmpty();
    assertThat(closing).succeedsWithin(Duration.ofSeconds(20));
  }

  /** Waits until a thread that looks again and again waits between two looks. */
  private static void awaitWaitIn(Thread thread, String method) {
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (thread.getState() != Thread.State.TIMED_WAITING
        || Arrays.stream(thread.getStackTrace())
            .noneMatch(frame -> frame.getMethodName().equals(method))) {
      assertThat(System.nanoTime() - deadline).as("it waits in " + method).isNegative();
      Thread.onSpinWait();
    }
  }

  /** The JVM's compiler threads do so with the files of their control group. */
  @Test
  void doesNotMindFilesThatAnotherThreadOpensAndClosesAllTheTime() throws Exception {
    CountDownLatch started = new CountDownLatch(1);
    Thread reader =
        new Thread(
            () -> {
              while (!Thread.currentThread().isInterrupted()) {
                try (InputStream file = Files.newInputStream(Path.of("/proc/self/status"))) {
                  file.read();
                  started.countDown();
                } catch (IOException e) {
                  return;
                }
              }
            },
            "reader");
    reader.start();
    try {
      started.await();
      for (int i = 0; i < 20; i++) {
        Set<String> before = Descriptors.open();
        assertThat(Descriptors.leftSince(before)).isEmpty();
      }
    } finally {
      reader.interrupt();
      reader.join();
    }
  }
}
