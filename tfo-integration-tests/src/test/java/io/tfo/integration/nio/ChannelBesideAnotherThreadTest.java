package io.tfo.integration.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfo.FastOpenListener;
import io.tfo.jdk.JdkChannels;
import io.tfo.jna.ClockedBackend;
import io.tfo.lab.Faults;
import io.tfo.lab.Lab;
import io.tfo.lab.test.Labs;
import io.tfo.spi.SocketChannelOpener;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.FileChannel;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Two threads use a channel at once before its SYN is answered. */
@Timeout(60)
class ChannelBesideAnotherThreadTest {
  private static final byte[] DATA = {1, 2, 3, 4, 5};
  private static final Duration DELAY = Duration.ofMillis(200);
  private static final int SOON_SECONDS = 30;

  /**
   * The task of another thread, by the moment at which it runs: the name of an operation of the
   * first thread for after its result, with "before " for right before the JDK's operation.
   */
  private final Map<String, Runnable> meanwhile = new ConcurrentHashMap<>();

  private final ClockedBackend backend = new ClockedBackend(BehaviourTable.linuxConnect());

  /** No timer sends a SYN that a channel should send. */
  private SocketChannelOpener channels = backend.deferring(Duration.ofSeconds(50), this::before);

  private Lab lab;
  private ServerSocketChannel listener;

  @BeforeEach
  void getToKnowTheServer() throws Exception {
    lab = Labs.twoHosts();
    listener =
        lab.server()
            .call(
                () ->
                    FastOpenListener.system()
                        .open(new InetSocketAddress(lab.server().ipv4(), 0), 50, 50));
    for (int i = 0; i < 2; i++) { // the first one fetches the cookie
      try (SocketChannel channel = connected()) {
        channel.write(ByteBuffer.wrap(DATA));
        listener.accept().close();
      }
    }
    // The server accepts the second one before its answer is here.
    Awaitility.await().until(() -> lab.client().counter("TCPFastOpenActive") > 0);
    lab.wire().delay(DELAY);
  }

  @AfterEach
  void close() throws IOException {
    if (lab != null) {
      listener.close();
      lab.close();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void deliversWhatWasWrittenBeforeAShutdownBesideAWriter(boolean input) throws Exception {
    try (SocketChannel channel = connected()) {
      channel.write(ByteBuffer.wrap(DATA));
      ReentrantLock writing = Objects.requireNonNull(JdkChannels.ACCESS).writeLock(channel);
      FutureTask<?> shutdown =
          new FutureTask<>(input ? channel::shutdownInput : channel::shutdownOutput);
      writing.lock(); // as a writer does during its system call
      try {
        new Thread(shutdown).start();
        Awaitility.await().until(() -> shutdown.isDone() || writing.hasQueuedThreads());
      } finally {
        writing.unlock();
      }
      shutdown.get(SOON_SECONDS, TimeUnit.SECONDS);
      channel.shutdownOutput();
      assertIsReceived();
    }
  }

  /** The SYN has left with the write, but the writer has not reported that so far. */
  @Test
  void deliversAFirstWriteBesideAChangeToBlockingMode() throws Exception {
    try (SocketChannel channel = connected()) {
      meanwhile.put("write", () -> onAnotherThread(() -> channel.configureBlocking(true)));
      channel.write(ByteBuffer.wrap(DATA));
      assertThat(channel.isBlocking()).isTrue();
    }
    assertIsReceived();
  }

  /** The JDK's close wakes the reader, and closes the descriptor. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void deliversWhatWasWrittenBeforeTheEndOfAReader(boolean isInterrupted) throws Exception {
    assertIsDeliveredBesideAReader(isInterrupted, Thread::new);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @EnabledForJreRange(min = JRE.JAVA_21)
  void deliversWhatWasWrittenBeforeTheEndOfAVirtualReader(boolean isInterrupted) throws Exception {
    Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
    assertIsDeliveredBesideAReader(
        isInterrupted,
        (ThreadFactory)
            Class.forName("java.lang.Thread$Builder").getMethod("factory").invoke(builder));
  }

  private void assertIsDeliveredBesideAReader(boolean isInterrupted, ThreadFactory threads)
      throws Exception {
    SocketChannel channel = connected();
    channel.write(ByteBuffer.wrap(DATA));
    channel.configureBlocking(true);
    FutureTask<Integer> read = new FutureTask<>(() -> channel.read(ByteBuffer.allocate(1)));
    Thread reader = threads.newThread(read);
    reader.start();
    ReentrantLock reading = Objects.requireNonNull(JdkChannels.ACCESS).readLock(channel);
    Awaitility.await().until(reading::isLocked);
    if (isInterrupted) {
      reader.interrupt();
    } else {
      channel.close();
    }
    assertThatThrownBy(() -> read.get(SOON_SECONDS, TimeUnit.SECONDS))
        .hasCauseInstanceOf(ClosedChannelException.class);
    assertIsReceived();
  }

  /** Otherwise nothing would send the SYN: the timer ignores channels in blocking mode. */
  @ParameterizedTest
  @ValueSource(strings = {"begin", "connect"})
  void sendsTheSynThoughTheModeChangesBesideTheConnect(String moment) throws Exception {
    try (SocketChannel channel = opened()) {
      List<FutureTask<?>> changes = new ArrayList<>();
      meanwhile.put(
          moment, () -> changes.add(onAnotherThread(() -> channel.configureBlocking(true))));
      channel.connect(listener.getLocalAddress());
      changes.get(0).get(SOON_SECONDS, TimeUnit.SECONDS);
      assertThat(channel.isBlocking()).isTrue();
      assertThat(channel.finishConnect()).isTrue();
      try (SocketChannel accepted = listener.accept()) {
        accepted.write(ByteBuffer.wrap(DATA));
        assertThat(channel.read(ByteBuffer.allocate(10))).isEqualTo(DATA.length);
      }
    }
  }

  /** The JDK takes the channel for connected then, before it is made pending again. */
  @Test
  void finishesAConnectFromWhichTheOtherThreadHasNotReturned() throws Exception {
    try (SocketChannel channel = opened()) {
      List<FutureTask<?>> finishes = new ArrayList<>();
      meanwhile.put(
          "connect",
          () -> {
            assertThat(channel.isConnected()).isFalse();
            finishes.add(onAnotherThread(channel::finishConnect));
          });
      assertThat(channel.connect(listener.getLocalAddress())).isFalse();
      assertThat(finishes.get(0).get(SOON_SECONDS, TimeUnit.SECONDS)).isEqualTo(true);
      assertThat(channel.isConnected()).isTrue();
      channel.write(ByteBuffer.wrap(DATA));
    }
    assertIsReceived();
  }

  /** The operations of a channel that throw an exception until it is connected. */
  enum Use {
    WRITE(channel -> channel.write(data())),
    GATHERING_WRITE(channel -> channel.write(new ByteBuffer[] {data(), data()})),
    READ(channel -> channel.read(data())),
    SCATTERING_READ(channel -> channel.read(new ByteBuffer[] {data(), data()})),
    SHUTDOWN_INPUT(SocketChannel::shutdownInput),
    SHUTDOWN_OUTPUT(SocketChannel::shutdownOutput),
    URGENT_DATA(channel -> channel.socket().sendUrgentData(1));

    private interface Call {
      void on(SocketChannel channel) throws IOException;
    }

    private final Call call;

    Use(Call call) {
      this.call = call;
    }

    private static ByteBuffer data() {
      return ByteBuffer.wrap(DATA.clone());
    }

    private FutureTask<?> task(SocketChannel channel) {
      return new FutureTask<>(
          () -> {
            call.on(channel);
            return null;
          });
    }
  }

  @ParameterizedTest
  @EnumSource
  void isNotConnectedForAnotherThreadDuringTheConnect(Use use) throws Exception {
    try (SocketChannel channel = opened()) {
      FutureTask<?> other = use.task(channel);
      meanwhile.put("connect", () -> onAnotherThread(other));
      assertThat(channel.connect(listener.getLocalAddress())).isFalse();
      assertThrew(other, NotYetConnectedException.class);
      assertIsUsable(channel);
    }
    assertIsReceived();
  }

  /** The other thread has begun before the connect: it is refused, and does not wait for it. */
  @ParameterizedTest
  @EnumSource(names = {"WRITE", "GATHERING_WRITE"})
  void isNotConnectedForAWriterFromBeforeTheConnect(Use use) throws Exception {
    try (SocketChannel channel = opened()) {
      FutureTask<?> other = use.task(channel);
      ReentrantLock writing = Objects.requireNonNull(JdkChannels.ACCESS).writeLock(channel);
      writing.lock();
      new Thread(other).start();
      Awaitility.await().until(() -> other.isDone() || writing.hasQueuedThreads());
      meanwhile.put(
          "connect",
          () -> {
            writing.unlock();
            Awaitility.await().until(other::isDone);
          });
      assertThat(channel.connect(listener.getLocalAddress())).isFalse();
      assertThrew(other, NotYetConnectedException.class);
      assertIsUsable(channel);
    }
    assertIsReceived();
  }

  @Test
  void isPendingForAnotherThreadThatConnectsAtOnce() throws Exception {
    try (SocketChannel channel = opened()) {
      FutureTask<?> other = new FutureTask<>(() -> channel.connect(listener.getLocalAddress()));
      meanwhile.put("connect", () -> onAnotherThread(other));
      assertThat(channel.connect(listener.getLocalAddress())).isFalse();
      assertThrew(other, ConnectionPendingException.class);
    }
  }

  @Test
  void transfersNothingInTheSynDuringTheConnect(@TempDir Path folder) throws Exception {
    Path file = Files.write(folder.resolve("data"), new byte[] {6, 7});
    try (SocketChannel channel = opened();
        FileChannel source = FileChannel.open(file)) {
      meanwhile.put("connect", () -> onAnotherThread(() -> source.transferTo(0, 2, channel)));
      lab.wire().fault(Faults.cut()); // no answer before the transfer has returned
      assertThat(channel.connect(listener.getLocalAddress())).isFalse();
      lab.wire().clearFaults();
      Awaitility.await().until(channel::finishConnect);
      Awaitility.await().until(() -> channel.write(ByteBuffer.wrap(DATA)) > 0);
    }
    assertIsReceived();
  }

  /** The close finds the channel connected, and is delayed until the SYN is answered. */
  @Test
  void endsAConnectionThatIsClosedAfterATransferDuringTheConnect(@TempDir Path folder)
      throws Exception {
    Path file = Files.write(folder.resolve("data"), new byte[] {6, 7});
    SocketChannel channel = opened();
    try (FileChannel source = FileChannel.open(file)) {
      meanwhile.put(
          "connect",
          () -> {
            onAnotherThread(() -> source.transferTo(0, 2, channel));
            closeOnAnotherThread(channel);
          });
      assertThat(channel.connect(listener.getLocalAddress())).isFalse();
    }
    try (SocketChannel accepted = listener.accept()) {
      FutureTask<byte[]> received =
          new FutureTask<>(() -> Channels.newInputStream(accepted).readAllBytes());
      onAnotherThread(received);
      assertThat(received.get(SOON_SECONDS, TimeUnit.SECONDS)).isEmpty();
    }
  }

  /** The JDK's shutdown would then end a connection whose SYN waits. */
  @ParameterizedTest
  @EnumSource(names = {"SHUTDOWN_INPUT", "SHUTDOWN_OUTPUT", "URGENT_DATA"})
  void isNotConnectedForAThreadThatHasLookedBeforeTheConnectIsFinished(Use use) throws Exception {
    try (SocketChannel channel = opened()) {
      assertThat(channel.connect(listener.getLocalAddress())).isFalse();
      Runnable finish = () -> onAnotherThread(() -> assertThat(channel.finishConnect()).isTrue());
      for (String operation : List.of("shutdownInput", "shutdownOutput", "urgent")) {
        meanwhile.put("before " + operation, finish);
      }
      FutureTask<?> other = use.task(channel);
      other.run();
      assertThrew(other, NotYetConnectedException.class);
      assertIsUsable(channel);
    }
    assertIsReceived();
  }

  /** The JDK's finishConnect holds the locks that the writer and the close wait for. */
  @Test
  void finishesAConnectThoughTheChannelIsUsedAndClosedMeanwhile() throws Exception {
    SocketChannel channel = opened();
    assertThat(channel.connect(listener.getLocalAddress())).isFalse();
    FutureTask<Integer> write =
        new FutureTask<>(
            () -> {
              try (channel) {
                return channel.write(ByteBuffer.wrap(DATA));
              }
            });
    meanwhile.put("before finishConnect", () -> onAnotherThread(write));
    assertThat(channel.finishConnect()).isTrue();
    assertThat(write.get(SOON_SECONDS, TimeUnit.SECONDS)).isEqualTo(DATA.length);
    assertIsReceived();
  }

  /** Two threads may finish a connect, such as one that selects, and one that writes. */
  @Test
  void deliversWhatWasWrittenBeforeACloseBesideASecondFinishConnect() throws Exception {
    SocketChannel channel = connected();
    channel.write(ByteBuffer.wrap(DATA));
    Runnable close = () -> closeOnAnotherThread(channel);
    meanwhile.put("finishConnect", () -> meanwhile.put("finishConnect", close)); // at its end
    assertThat(channel.finishConnect()).isTrue();
    assertThat(channel.isOpen()).isFalse();
    assertIsReceived();
  }

  /** The timer's thread waits for no writer: it tries again. */
  @Test
  void connectsBesideAThreadThatWritesWhileTheTimerSendsTheSyn() throws Exception {
    channels = backend.deferring(Duration.ofMillis(50));
    try (SocketChannel channel = opened();
        SocketChannel later = opened()) {
      ReentrantLock writing = Objects.requireNonNull(JdkChannels.ACCESS).writeLock(channel);
      writing.lock(); // as a writer does during its system call, such as one of no bytes
      try {
        channel.connect(listener.getLocalAddress());
        later.connect(listener.getLocalAddress());
        assertIsAccepted(later); // the timer has served the later channel, too
      } finally {
        writing.unlock();
      }
      assertIsAccepted(channel);
    }
  }

  private void assertIsAccepted(SocketChannel channel) throws IOException {
    try (SocketChannel accepted = listener.accept()) {
      Awaitility.await().until(channel::finishConnect);
      assertThat(accepted.getRemoteAddress()).isEqualTo(channel.getLocalAddress());
    }
  }

  private static void assertThrew(FutureTask<?> other, Class<? extends Throwable> exception) {
    assertThatThrownBy(() -> other.get(SOON_SECONDS, TimeUnit.SECONDS))
        .hasCauseInstanceOf(exception);
  }

  private static void assertIsUsable(SocketChannel channel) throws IOException {
    assertThat(channel.finishConnect()).isTrue();
    assertThat(channel.write(ByteBuffer.wrap(DATA))).isEqualTo(DATA.length);
  }

  private void assertIsReceived() throws IOException {
    try (SocketChannel accepted = listener.accept()) {
      assertThat(Channels.newInputStream(accepted).readAllBytes()).isEqualTo(DATA);
    }
  }

  private void before(String operation) {
    Runnable once = meanwhile.remove(operation);
    if (once != null) {
      once.run();
    }
  }

  /** Returns when the other thread is done, or waits for a lock that this one holds. */
  private static FutureTask<?> onAnotherThread(Callable<?> call) {
    FutureTask<?> task = new FutureTask<>(call);
    onAnotherThread(task);
    return task;
  }

  private static void closeOnAnotherThread(SocketChannel channel) {
    onAnotherThread(
        () -> {
          channel.close();
          return null;
        });
  }

  private static void onAnotherThread(FutureTask<?> task) {
    Thread thread = new Thread(task);
    thread.start();
    Awaitility.await().until(() -> task.isDone() || thread.getState() == Thread.State.BLOCKED);
  }

  /** A channel whose SYN waits. */
  private SocketChannel connected() throws Exception {
    SocketChannel channel = opened();
    channel.connect(listener.getLocalAddress());
    Awaitility.await().until(channel::finishConnect);
    return channel;
  }

  private SocketChannel opened() throws Exception {
    SocketChannel channel = lab.client().call(() -> channels.open(null));
    channel.configureBlocking(false);
    return channel;
  }
}
