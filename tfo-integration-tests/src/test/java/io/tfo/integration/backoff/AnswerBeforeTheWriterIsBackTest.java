package io.tfo.integration.backoff;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.integration.socket.SocketLab;
import io.tfo.jna.ClockedBackend;
import io.tfo.lab.Fault;
import io.tfo.lab.Faults;
import io.tfo.lab.Segment;
import io.tfo.spi.SocketChannelOpener;
import io.tfo.testkit.Conformance;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * One thread writes to a channel, and another reads. The reader may read the answer before the
 * writer has reported that its data left in the SYN.
 */
@Timeout(60)
class AnswerBeforeTheWriterIsBackTest {
  private static final Fault RESETS_DATA = Faults.edit(Faults::isSynWithData, Segment::reset);

  private final ClockedBackend backend =
      Conformance.backends().stream()
          .filter(each -> each.name().equals("linux-connect"))
          .map(ClockedBackend::new)
          .findFirst()
          .orElseThrow();

  /** Holds the writers up, if it is not open. */
  private volatile CountDownLatch answerIsRead = new CountDownLatch(0);

  private volatile Duration holdsUp = Duration.ZERO;

  private SocketChannelOpener channels = deferring(Duration.ofSeconds(20));

  /** Whether channels are read into an array of buffers. */
  private boolean scattering;

  private SocketLab hosts;
  private InetSocketAddress server;

  private SocketChannelOpener deferring(Duration firstWrite) {
    return backend.deferring(
        firstWrite,
        operation -> {
          if (operation.equals("write")) {
            awaitQuietly(answerIsRead);
            Awaitility.await().pollDelay(holdsUp).until(() -> true);
          }
        });
  }

  @BeforeEach
  void getToKnowTheServer() throws Exception {
    hosts = SocketLab.open();
    server =
        hosts.serve(
            socket -> socket.getOutputStream().write(socket.getInputStream().readNBytes(1)));
    exchange();
    exchange();
    assertThat(hosts.lab().client().counter("TCPFastOpenActive")).isPositive();
  }

  @AfterEach
  void close() throws IOException {
    if (hosts != null) {
      hosts.close();
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aResetIsLearned(boolean scattering) throws Exception {
    this.scattering = scattering;
    hosts.lab().wire().fault(RESETS_DATA);

    assertThat(exchangeInThatOrder()).isFalse();

    assertThat(backend.remembers(server)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anAnswerEndsTheBackOff(boolean scattering) throws Exception {
    this.scattering = scattering;
    hosts.lab().wire().fault(RESETS_DATA);
    for (int i = 0; i < 4; i++) {
      exchange();
    }
    hosts.lab().wire().clearFaults();
    assertThat(backend.remembers(server)).isTrue();
    backend.pass(ClockedBackend.FIRST);

    assertThat(exchangeInThatOrder()).isTrue();

    assertThat(backend.remembers(server)).isFalse();
  }

  /**
   * The kernel sends the SYN again after a second; half of that passes before the writer is back.
   */
  @Test
  void aLossIsLearnedThoughTheWriterIsHeldUp() throws Exception {
    hosts.lab().wire().fault(Faults.dropSynData());
    holdsUp = Duration.ofMillis(500);

    assertThat(exchange()).isTrue();

    assertThat(backend.remembers(server)).isTrue();
  }

  /** Otherwise no SYN to that server would have data for ten minutes. */
  @Test
  void aServerThatAnswersALateWriterDoesNotCountAsOneThatSpeaksFirst() throws Exception {
    try (SocketChannel channel = connectAndBeLate()) {
      answerIsRead = new CountDownLatch(1);
      assertThat(exchange(channel)).isTrue();
    }

    assertThat(isDeferredNext()).isTrue();
  }

  @Test
  void aServerThatAnswersALateTransferDoesNotCountAsOneThatSpeaksFirst(@TempDir Path folder)
      throws Exception {
    Path file = Files.write(folder.resolve("byte"), new byte[1]);
    try (FileChannel from = FileChannel.open(file);
        SocketChannel channel = connectAndBeLate()) {
      Awaitility.await().until(() -> from.transferTo(0, 1, channel) == 1);
      assertThat(isRead(channel)).isTrue();
    }

    assertThat(isDeferredNext()).isTrue();
  }

  /** An empty write does not count as the program's first data. */
  @Test
  void aServerThatSpeaksBeforeTheProgramIsRememberedAsSuch() throws Exception {
    server = hosts.serve(socket -> socket.getOutputStream().write(1));
    try (SocketChannel channel = connect()) { // gets to know it
      assertThat(isRead(channel)).isTrue();
    }
    try (SocketChannel channel = connectAndBeLate()) {
      assertThat(channel.write(ByteBuffer.allocate(0))).isZero();
      assertThat(channel.write(new ByteBuffer[] {ByteBuffer.allocate(0)})).isZero();
      assertThat(isRead(channel)).isTrue();
    }

    channels = deferring(Duration.ofMinutes(5));
    hosts.lab().wire().forget();
    try (SocketChannel channel = connect()) {
      assertThat(hosts.lab().wire().await(Segment::isSyn).payload()).isEmpty();
      assertThat(isRead(channel)).isTrue();
    }
  }

  /** Connects, and does not write before the timer has sent the SYN. */
  private SocketChannel connectAndBeLate() throws Exception {
    SocketChannelOpener before = channels;
    channels = deferring(Duration.ofMillis(1));
    hosts.lab().wire().forget();
    SocketChannel channel = connect();
    assertThat(hosts.lab().wire().await(Segment::isSyn).payload()).isEmpty();
    channels = before;
    return channel;
  }

  private boolean isDeferredNext() throws Exception {
    hosts.lab().wire().forget();
    exchange();
    return hosts.lab().wire().await(Segment::isSyn).payload().length > 0;
  }

  private boolean exchangeInThatOrder() throws Exception {
    answerIsRead = new CountDownLatch(1);
    try {
      return exchange();
    } finally {
      answerIsRead.countDown();
    }
  }

  /** Has a byte echoed; returns whether that succeeded. */
  private boolean exchange() throws Exception {
    try (SocketChannel channel = connect()) {
      return exchange(channel);
    }
  }

  private SocketChannel connect() throws Exception {
    SocketChannel channel = hosts.onClient(() -> channels.open(null));
    channel.configureBlocking(false);
    channel.connect(server);
    Awaitility.await().until(channel::finishConnect);
    return channel;
  }

  private boolean exchange(SocketChannel channel) throws Exception {
    Future<Void> written = hosts.lab().client().start(() -> write(channel));
    boolean isAnswered = isRead(channel);
    answerIsRead.countDown();
    written.get(20, TimeUnit.SECONDS);
    return isAnswered;
  }

  /** A write takes 0 bytes while the answer to a SYN without data is awaited. */
  private static Void write(SocketChannel channel) {
    Awaitility.await().until(() -> channel.write(ByteBuffer.allocate(1)) == 1);
    return null;
  }

  private boolean isRead(SocketChannel channel) {
    ByteBuffer[] one = {ByteBuffer.allocate(1)};
    try {
      Awaitility.await()
          .pollInterval(Duration.ofMillis(1))
          .until(() -> (scattering ? channel.read(one) : channel.read(one[0])) == 1);
      return true;
    } catch (Exception e) {
      return false; // refused
    }
  }
}
