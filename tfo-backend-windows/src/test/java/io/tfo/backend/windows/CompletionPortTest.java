package io.tfo.backend.windows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;
import static org.mockito.Mockito.withSettings;

import io.tfo.test.UndeployedApplication;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CompletionPortTest {
  private static final int ERROR_ABANDONED_WAIT_0 = -735;
  private static final int SOME_UNKNOWN_ERROR = -31_337;
  private static final Duration SOON = Duration.ofSeconds(30);

  /** The reports of the port: the number of an operation, or a negative error. */
  private final BlockingQueue<Integer> reports = new LinkedBlockingQueue<>();

  private final CompletableFuture<Thread> waiting = new CompletableFuture<>();
  private final CompletableFuture<String> inherited = new CompletableFuture<>();
  private final InheritableThreadLocal<String> local = new InheritableThreadLocal<>();
  private final WindowsSocketApi sockets = mock(WindowsSocketApi.class, withSettings().stubOnly());
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(28);

  @BeforeEach
  void script() {
    when(sockets.CreateIoCompletionPort(anyLong(), anyLong(), anyLong(), anyInt())).thenReturn(1L);
    when(sockets.GetQueuedCompletionStatus(anyLong(), any(), any(), any(), anyInt()))
        .thenAnswer(
            call -> {
              waiting.complete(Thread.currentThread());
              inherited.complete(local.get() == null ? "nothing" : local.get());
              int report = reports.take();
              if (report < 0) {
                return report;
              }
              ByteBuffer key = call.getArgument(2);
              ByteBuffer overlapped = call.getArgument(3);
              key.putLong(0, report);
              overlapped.putLong(0, 0x1000);
              return 0;
            });
  }

  private ConnectOperation begin(CompletionPort port) {
    ConnectOperation operation = port.operation(7);
    assertThat(operation).isNotNull();
    assertThat(operation.begin(7, buffer, 16, buffer, 0)).isTrue();
    return operation;
  }

  @Test
  void goesOnAfterAnErrorThatBelongsToNoConnect() throws Exception {
    CompletionPort port = CompletionPort.open(sockets, Long.BYTES);
    for (int i = 0; i < 5; i++) {
      ConnectOperation operation = begin(port);
      reports.add(SOME_UNKNOWN_ERROR);
      reports.add(12_345); // no operation has this number
      reports.add(operation.number);
      assertThat(operation.await(SOON)).isTrue();
    }
    assertThat(port.operation(7)).isNotNull();
  }

  @Test
  void answersTheWaitingConnectsWhereThePortIsBrokenForGood() throws Exception {
    CompletionPort port = CompletionPort.open(sockets, Long.BYTES);
    ConnectOperation operation = begin(port);
    for (int i = 0; i < 100; i++) {
      reports.add(ERROR_ABANDONED_WAIT_0);
    }

    assertThat(operation.await(SOON)).isTrue();

    assertThat(port.operation(7)).as("later connects are plain").isNull();
  }

  @Test
  void theThreadInheritsNothingFromTheOneThatConnectsFirst() throws Exception {
    local.set("of the application");

    CompletionPort.open(sockets, Long.BYTES);

    Thread thread = waiting.get(SOON.toSeconds(), TimeUnit.SECONDS);
    assertThat(thread.getContextClassLoader()).isNull();
    assertThat(inherited.get(SOON.toSeconds(), TimeUnit.SECONDS)).isEqualTo("nothing");
    assertThat(thread.isDaemon()).isTrue();
  }

  @Test
  void theThreadKeepsNoApplicationInMemory() throws Exception {
    WeakReference<ClassLoader> application =
        UndeployedApplication.calling(
            () -> assertThat(CompletionPort.open(sockets, Long.BYTES)).isNotNull());
    Thread thread = waiting.get(SOON.toSeconds(), TimeUnit.SECONDS);

    long start = System.nanoTime();
    while (application.get() != null && System.nanoTime() - start < SOON.toNanos()) {
      System.gc();
      LockSupport.parkNanos(1_000_000);
    }
    assertThat(application.get()).isNull();
    assertThat(thread.isAlive()).isTrue();
  }
}
