package io.tfo.integration.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.tfo.lab.Faults;
import io.tfo.lab.Lab;
import io.tfo.lab.Segment;
import io.tfo.lab.test.Labs;
import io.tfo.test.GoneMemory;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.InterruptedByTimeoutException;
import java.nio.channels.WritePendingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One asynchronous channel of the provider: what the kernel sends for each call. */
@Timeout(60)
@ExtendWith(AsynchronousProviderJvm.class)
class DeferredAsynchronousChannelTest {
  private static final AtomicInteger NEXT_PORT = new AtomicInteger(8700);
  private static final byte[] DATA = {1, 2, 3, 4, 5};
  private static final Duration DELAY = Duration.ofMillis(200);
  private static final Duration SOON = Duration.ofSeconds(20);

  /** The library's knowledge of a destination outlives the lab: each test has ports of its own. */
  private final int port = NEXT_PORT.getAndAdd(4);

  private Lab lab;
  private AsynchronousServerSocketChannel listener;

  /** The way in which the program gets a result. */
  enum Way {
    FUTURE,
    HANDLER
  }

  @BeforeEach
  void fetchACookie() throws Exception {
    lab = Labs.twoHosts();
    listener = listen(port);
    getToKnow(listener);
  }

  @AfterEach
  void close() throws IOException {
    if (lab != null) {
      listener.close();
      lab.close();
    }
  }

  /** Has the kernel fetch a cookie, and the process know the server. */
  private void getToKnow(AsynchronousServerSocketChannel server) throws Exception {
    try (AsynchronousSocketChannel channel = open()) {
      get(channel.connect(server.getLocalAddress()));
      get(channel.write(ByteBuffer.wrap(DATA)));
      get(server.accept()).close();
    }
    lab.wire().forget();
  }

  private AsynchronousServerSocketChannel listen(int at) throws Exception {
    return lab.server()
        .call(
            () ->
                AsynchronousServerSocketChannel.open()
                    .bind(new InetSocketAddress(lab.server().ipv4(), at)));
  }

  private AsynchronousSocketChannel open() throws Exception {
    return open(null);
  }

  private AsynchronousSocketChannel open(AsynchronousChannelGroup group) throws Exception {
    return lab.client().call(() -> AsynchronousSocketChannel.open(group));
  }

  /** A channel whose SYN waits. */
  private AsynchronousSocketChannel connected() throws Exception {
    AsynchronousSocketChannel channel = open();
    get(channel.connect(listener.getLocalAddress()));
    assertThat(lab.wire().syns()).isEmpty();
    return channel;
  }

  private static <T> T get(Future<T> future) throws Exception {
    try {
      return future.get(SOON.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw (Exception) e.getCause();
    }
  }

  private static int write(AsynchronousSocketChannel channel, Way way, ByteBuffer data)
      throws Exception {
    if (way == Way.FUTURE) {
      return get(channel.write(data));
    }
    HandlerResult<Integer> result = new HandlerResult<>();
    channel.write(data, "", result);
    return get(result);
  }

  private static byte[] readAll(AsynchronousSocketChannel channel) throws Exception {
    ByteBuffer buffer = ByteBuffer.allocate(2_000_000);
    while (get(channel.read(buffer)) >= 0) {
      // Until the end.
    }
    return Arrays.copyOf(buffer.array(), buffer.position());
  }

  private Segment firstSyn() {
    return lab.wire().await(Segment::isSyn);
  }

  private void forgetCookies() throws Exception {
    Process ip =
        lab.client()
            .call(() -> new ProcessBuilder("ip", "tcp_metrics", "flush").inheritIO().start());
    assumeThat(ip.waitFor(10, TimeUnit.SECONDS) && ip.exitValue() == 0).as("ip works").isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void sendsTheFirstWriteInTheSyn(Way way) throws Exception {
    long before = lab.server().counter("TCPFastOpenPassive");
    try (AsynchronousSocketChannel channel = connected()) {
      ByteBuffer data = ByteBuffer.wrap(DATA);
      assertThat(write(channel, way, data)).isEqualTo(DATA.length);
      assertThat(data.hasRemaining()).isFalse();
      assertThat(firstSyn().payload()).isEqualTo(DATA);
      try (AsynchronousSocketChannel accepted = get(listener.accept())) {
        assertThat(accepted.getRemoteAddress()).isEqualTo(channel.getLocalAddress());
        assertThat(get(accepted.read(ByteBuffer.allocate(100)))).isEqualTo(DATA.length);
        get(accepted.write(ByteBuffer.wrap(DATA)));
        assertThat(get(channel.read(ByteBuffer.allocate(100)))).isEqualTo(DATA.length);
      }
    }
    assertThat(lab.server().counter("TCPFastOpenPassive")).isEqualTo(before + 1);
  }

  @Test
  void sendsTheBeginningOfAGatheringWriteInTheSyn() throws Exception {
    try (AsynchronousSocketChannel channel = connected()) {
      ByteBuffer[] three = {
        ByteBuffer.wrap(DATA), ByteBuffer.allocate(0), ByteBuffer.wrap(DATA), ByteBuffer.wrap(DATA)
      };
      HandlerResult<Long> result = new HandlerResult<>();
      channel.write(three, 0, 3, 0, TimeUnit.SECONDS, "", result);
      assertThat(get(result)).isEqualTo(2L * DATA.length);
      assertThat(three[3].position()).isZero();
      assertThat(firstSyn().payload()).hasSize(2 * DATA.length);
    }
  }

  /** The JDK writes it twice. */
  @ParameterizedTest
  @ValueSource(ints = {0, 20_000})
  void writesABufferAsOftenAsAGatheringWriteHasIt(int between) throws Exception {
    try (AsynchronousSocketChannel channel = connected()) {
      ByteBuffer twice = ByteBuffer.wrap(DATA);
      ByteBuffer[] sources = {
        twice, ByteBuffer.allocate(between), twice, ByteBuffer.wrap(DATA), twice
      };
      HandlerResult<Long> result = new HandlerResult<>();
      channel.write(sources, 0, 3, 0, TimeUnit.SECONDS, "", result);
      assertThat(get(result)).isEqualTo(between + 2L * DATA.length);
      assertThat(twice.hasRemaining()).isFalse();
      assertThat(sources[3].position()).isZero();
      channel.shutdownOutput();
      byte[] all = Arrays.copyOf(DATA, between + 2 * DATA.length);
      System.arraycopy(DATA, 0, all, between + DATA.length, DATA.length);
      assertThat(readAll(get(listener.accept()))).isEqualTo(all);
    }
  }

  /** The data that is sent then is undefined, as with the JDK's channels. */
  @ParameterizedTest
  @EnumSource
  void endsAWriteWhoseBufferIsTouchedMeanwhile(Way way) throws Exception {
    for (int round = 0; round < 50; round++) {
      ByteBuffer touched = ByteBuffer.allocate(5_000);
      AtomicBoolean isTouched = new AtomicBoolean();
      try (AsynchronousSocketChannel channel = connected()) {
        Thread other =
            new Thread(
                () -> {
                  while (!isTouched.get()) {
                    touched.position(touched.hasRemaining() ? touched.limit() : 0);
                  }
                });
        other.start();
        try {
          int unused = write(channel, way, touched);
        } catch (IOException | RuntimeException e) {
          assertThat(e).isNotInstanceOf(WritePendingException.class);
        } finally {
          isTouched.set(true);
          other.join();
        }
        assertThat(write(channel, way, ByteBuffer.wrap(DATA))).isEqualTo(DATA.length);
        try (AsynchronousSocketChannel accepted = get(listener.accept())) {
          get(accepted.write(ByteBuffer.wrap(DATA)));
          assertThat(get(channel.read(ByteBuffer.allocate(100)))).isEqualTo(DATA.length);
        }
      }
      lab.wire().forget();
    }
  }

  /** The test makes such a write before the SYN is sent, and again before it is answered. */
  @ParameterizedTest
  @EnumSource
  @EnabledForJreRange(min = JRE.JAVA_22)
  void learnsNothingOfAWriteWhoseMemoryIsGone(Way way) throws Exception {
    ByteBuffer gone = GoneMemory.buffer(10);
    lab.wire().delay(DELAY);
    try (AsynchronousSocketChannel channel = connected()) {
      for (int i = 0; i < 2; i++) {
        assertThatThrownBy(() -> write(channel, way, gone)).hasStackTraceContaining("closed");
        assertThat(write(channel, way, ByteBuffer.wrap(DATA))).isEqualTo(DATA.length);
      }
      try (AsynchronousSocketChannel accepted = get(listener.accept())) {
        get(accepted.write(ByteBuffer.wrap(DATA)));
        assertThat(get(channel.read(ByteBuffer.allocate(100)))).isEqualTo(DATA.length);
      }
    }
    lab.wire().forget();
    connected().close(); // deferred as before
  }

  /**
   * On a group with one thread the JDK does not write in the call, but when the system is ready.
   */
  @ParameterizedTest
  @EnumSource
  void sendsTheFirstWriteInTheSynOnAGroup(Way way) throws Exception {
    AsynchronousChannelGroup group =
        AsynchronousChannelGroup.withFixedThreadPool(1, Executors.defaultThreadFactory());
    try (AsynchronousSocketChannel channel = open(group)) {
      get(channel.connect(listener.getLocalAddress()));
      assertThat(write(channel, way, ByteBuffer.wrap(DATA))).isEqualTo(DATA.length);
      assertThat(firstSyn().payload()).isEqualTo(DATA);
    } finally {
      group.shutdown();
    }
    assertThat(group.awaitTermination(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {20, 5_000, 100_000})
  void deliversAllBytesInOrderWhereSynsWithDataAreDropped(int size) throws Exception {
    lab.wire().fault(Faults.dropSynData());
    byte[] bytes = new byte[size];
    for (int i = 0; i < size; i++) {
      bytes[i] = (byte) (i * 31 >> 3);
    }
    Future<AsynchronousSocketChannel> accept = listener.accept();
    CompletableFuture<byte[]> received =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return readAll(get(accept));
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            });
    try (AsynchronousSocketChannel channel = connected()) {
      ByteBuffer data = ByteBuffer.wrap(bytes);
      while (data.hasRemaining()) {
        assertThat(write(channel, Way.HANDLER, data)).isPositive();
      }
    }
    assertThat(get(received)).isEqualTo(bytes);
  }

  @Test
  void writesAsMuchAtOnceAsTheJdksWhereTheSynTakesNotAll() throws Exception {
    try (AsynchronousSocketChannel channel = connected()) {
      ByteBuffer data = ByteBuffer.allocate(10_000);
      assertThat(get(channel.write(data))).isEqualTo(10_000);
      assertThat(firstSyn().payload()).isNotEmpty();
    }
  }

  @Test
  void sendsTheSynWithoutDataWhereTheServerSpeaksFirst() throws Exception {
    for (int i = 0; i < 2; i++) {
      try (AsynchronousSocketChannel channel = open()) {
        get(channel.connect(listener.getLocalAddress()));
        Future<Integer> read = channel.read(ByteBuffer.allocate(100));
        try (AsynchronousSocketChannel accepted = get(listener.accept())) {
          get(accepted.write(ByteBuffer.wrap(DATA)));
          assertThat(get(read)).isEqualTo(DATA.length);
        }
      }
    }
    assertThat(lab.wire().syns()).hasSize(2).allMatch(syn -> syn.payload().length == 0);
  }

  @ParameterizedTest
  @EnumSource
  void writesAllWhereTheCookieHasGoneMeanwhile(Way way) throws Exception {
    try (AsynchronousSocketChannel channel = connected()) {
      forgetCookies();
      assertThat(write(channel, way, ByteBuffer.wrap(DATA))).isEqualTo(DATA.length);
      assertThat(firstSyn().payload()).isEmpty();
      channel.shutdownOutput();
      assertThat(readAll(get(listener.accept()))).isEqualTo(DATA);
    }
  }

  @ParameterizedTest
  @EnumSource
  void tellsOnceOfAServerThatHasGone(Way way) throws Exception {
    InetSocketAddress gone = new InetSocketAddress(lab.server().ipv4(), port + 1);
    try (AsynchronousServerSocketChannel server = listen(port + 1)) {
      getToKnow(server);
    }
    try (AsynchronousSocketChannel channel = open()) {
      get(channel.connect(gone));
      Future<Integer> read = channel.read(ByteBuffer.allocate(1));
      write(channel, way, ByteBuffer.wrap(DATA));
      assertThatThrownBy(() -> get(read))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("refused");
    }
    assertIsRefusedInConnect(way, gone);
  }

  /** The kernel's cookie is the host's, and says nothing of a port. */
  @ParameterizedTest
  @EnumSource
  void waitsInConnectWhereNothingIsKnownOfThePort(Way way) throws Exception {
    assertIsRefusedInConnect(way, new InetSocketAddress(lab.server().ipv4(), port + 2));
    lab.wire().delay(DELAY);
    try (AsynchronousServerSocketChannel other = listen(port + 2);
        AsynchronousSocketChannel channel = open()) {
      Future<Void> connect = connect(channel, way, (InetSocketAddress) other.getLocalAddress());
      assertThat(firstSyn().payload()).isEmpty();
      assertThat(channel.getRemoteAddress()).isNull();
      assertThat(channel.toString()).contains("connection-pending");
      get(connect);
      assertThat(channel.getRemoteAddress()).isEqualTo(other.getLocalAddress());
      write(channel, way, ByteBuffer.wrap(DATA));
      channel.shutdownOutput();
      assertThat(readAll(get(other.accept()))).isEqualTo(DATA);
    }
  }

  private static Future<Void> connect(
      AsynchronousSocketChannel channel, Way way, InetSocketAddress to) {
    if (way == Way.FUTURE) {
      return channel.connect(to);
    }
    HandlerResult<Void> result = new HandlerResult<>();
    channel.connect(to, "", result);
    return result;
  }

  private void assertIsRefusedInConnect(Way way, InetSocketAddress refusing) throws Exception {
    try (AsynchronousSocketChannel channel = open()) {
      assertThatThrownBy(() -> get(connect(channel, way, refusing)))
          .isInstanceOf(ConnectException.class)
          .hasMessageContaining("refused");
      assertThat(channel.isOpen()).isFalse();
    }
  }

  @Test
  void leavesOtherPortsAlone() throws Exception {
    try (AsynchronousServerSocketChannel other = listen(25);
        AsynchronousSocketChannel channel = open()) {
      get(channel.connect(other.getLocalAddress()));
      assertThat(firstSyn().fastOpenCookie()).isEmpty();
    }
  }

  @Test
  void connectsBeforeTheCloseOfAChannelThatWasNotUsed() throws Exception {
    connected().close();
    assertThat(readAll(get(listener.accept()))).isEmpty();
  }

  /** What a program does immediately after a completed write. */
  enum End {
    CLOSE,
    SHUT_DOWN_OUTPUT,
    SHUT_DOWN_INPUT,
    SHUT_DOWN_THE_GROUP
  }

  @ParameterizedTest
  @EnumSource
  @SuppressWarnings("try") // a close is what is tried
  void deliversWhatWasWrittenBeforeAnEnd(End end) throws Exception {
    lab.wire().delay(DELAY);
    AsynchronousChannelGroup group =
        AsynchronousChannelGroup.withFixedThreadPool(1, Executors.defaultThreadFactory());
    try (AsynchronousSocketChannel channel = open(group)) {
      get(channel.connect(listener.getLocalAddress()));
      get(channel.write(ByteBuffer.wrap(DATA)));
      switch (end) {
        case CLOSE -> channel.close();
        case SHUT_DOWN_OUTPUT -> {
          channel.shutdownOutput();
          assertThatThrownBy(() -> get(channel.write(ByteBuffer.wrap(DATA))))
              .isInstanceOf(ClosedChannelException.class);
        }
        case SHUT_DOWN_INPUT -> {
          channel.shutdownInput();
          assertThat(get(channel.read(ByteBuffer.allocate(1)))).isEqualTo(-1);
          channel.shutdownOutput();
        }
        case SHUT_DOWN_THE_GROUP -> {
          group.shutdownNow();
          assertThat(channel.isOpen()).isFalse();
        }
      }
      assertThat(firstSyn().payload()).isEqualTo(DATA);
      try (AsynchronousSocketChannel accepted = get(listener.accept())) {
        assertThat(readAll(accepted)).isEqualTo(DATA);
        if (end == End.SHUT_DOWN_OUTPUT) {
          get(accepted.write(ByteBuffer.wrap(DATA)));
          assertThat(get(channel.read(ByteBuffer.allocate(100)))).isEqualTo(DATA.length);
        }
      }
    } finally {
      group.shutdownNow();
    }
    assertThat(group.awaitTermination(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
  }

  /** When a program shuts down its output after a write. */
  enum When {
    BEFORE_THE_ANSWER,
    BEHIND_THE_ANSWER,
    BEHIND_A_READ
  }

  /** The SYN takes the beginning. The rest waits for the group's only thread, which is busy. */
  @ParameterizedTest
  @EnumSource
  void deliversAllOfAWriteBeforeTheEndOfTheOutput(When when) throws Exception {
    lab.wire().delay(DELAY);
    byte[] bytes = filled(8192, 1).array();
    CountDownLatch free = new CountDownLatch(1);
    AsynchronousChannelGroup group =
        AsynchronousChannelGroup.withFixedThreadPool(1, Executors.defaultThreadFactory());
    try (AsynchronousSocketChannel channel = open(group)) {
      get(channel.connect(listener.getLocalAddress()));
      occupy(channel, free);
      Future<Integer> written = channel.write(ByteBuffer.wrap(bytes));
      if (when == When.BEFORE_THE_ANSWER) {
        channel.shutdownOutput();
      }
      try (AsynchronousSocketChannel accepted = get(listener.accept())) {
        get(accepted.write(ByteBuffer.wrap(DATA)));
        awaitTheEndOfALaterConnection();
        if (when == When.BEHIND_A_READ) {
          assertThat(get(channel.read(ByteBuffer.allocate(100)))).isEqualTo(DATA.length);
        }
        if (when != When.BEFORE_THE_ANSWER) {
          channel.shutdownOutput();
        }
        assertThatThrownBy(() -> channel.write(ByteBuffer.wrap(DATA)))
            .isInstanceOf(WritePendingException.class);
        free.countDown();
        assertThat(readAll(accepted)).isEqualTo(bytes);
        assertThat(get(written)).isEqualTo(bytes.length);
        assertThatThrownBy(() -> get(channel.write(ByteBuffer.wrap(DATA))))
            .isInstanceOf(ClosedChannelException.class);
      }
    } finally {
      free.countDown();
      group.shutdownNow();
    }
    assertThat(group.awaitTermination(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
  }

  /** Has a thread of the channel's group run a handler until the latch opens. */
  private static void occupy(AsynchronousSocketChannel channel, CountDownLatch free)
      throws Exception {
    CountDownLatch isBusy = new CountDownLatch(1);
    channel.write(
        ByteBuffer.allocate(0),
        "",
        new CompletionHandler<Integer, String>() {
          @Override
          public void completed(Integer result, String attachment) {
            isBusy.countDown();
            try {
              boolean unused = free.await(SOON.toSeconds(), TimeUnit.SECONDS);
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          }

          @Override
          public void failed(Throwable failure, String attachment) {
            // The latch stays closed.
          }
        });
    assertThat(isBusy.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
  }

  /**
   * Makes a connection, and waits for its end. All earlier data has arrived by then, and the
   * library has tried to end all earlier connections.
   */
  private void awaitTheEndOfALaterConnection() throws Exception {
    try (AsynchronousSocketChannel later = open()) {
      get(later.connect(listener.getLocalAddress()));
      get(later.write(ByteBuffer.wrap(DATA)));
      later.shutdownOutput();
      assertThat(readAll(get(listener.accept()))).isEqualTo(DATA);
    }
  }

  @Test
  @SuppressWarnings("try") // the full table of descriptors is closed, and not used
  void deliversWhatWasWrittenBeforeACloseThoughNoDescriptorIsLeft() throws Exception {
    AsynchronousSocketChannel channel = connected();
    lab.wire().delay(DELAY);
    get(channel.write(ByteBuffer.wrap(DATA)));
    try (NoDescriptorLeft unused = new NoDescriptorLeft()) {
      channel.close();
    }
    try (AsynchronousSocketChannel accepted = get(listener.accept())) {
      assertThat(readAll(accepted)).isEqualTo(DATA);
    }
  }

  @Test
  void leavesNoDescriptorOpenAfterClosesBeforeTheAnswer() throws Exception {
    closeBeforeTheAnswer(); // opens what the process keeps
    long before = descriptors();
    lab.wire().delay(DELAY);
    for (int i = 0; i < 5; i++) {
      closeBeforeTheAnswer();
    }
    Awaitility.await().atMost(SOON).until(() -> descriptors() <= before);
  }

  private void closeBeforeTheAnswer() throws Exception {
    lab.wire().forget();
    AsynchronousSocketChannel channel = connected();
    get(channel.write(ByteBuffer.wrap(DATA)));
    channel.close();
    try (AsynchronousSocketChannel accepted = get(listener.accept())) {
      assertThat(readAll(accepted)).isEqualTo(DATA);
    }
  }

  private static long descriptors() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.count();
    }
  }

  /** The JDK calls the handler in the thread that connects, if that is one of the group's. */
  @Test
  void deliversWhatWasWrittenThoughTheHandlerOfTheConnectHasThrown() throws Exception {
    AsynchronousChannelGroup group =
        AsynchronousChannelGroup.withFixedThreadPool(1, Executors.defaultThreadFactory());
    AsynchronousSocketChannel channel = open(group);
    try (AsynchronousSocketChannel before = open(group)) {
      CompletableFuture<?> closed = new CompletableFuture<>();
      lab.wire().delay(DELAY);
      before.connect(
          listener.getLocalAddress(),
          "",
          handler(
              () -> {
                assertThatThrownBy(() -> connectByAHandlerThatThrows(channel))
                    .isInstanceOf(IllegalStateException.class);
                get(channel.write(ByteBuffer.wrap(DATA)));
                channel.close();
                closed.complete(null);
                return null;
              }));
      get(closed);
      try (AsynchronousSocketChannel accepted = get(listener.accept())) {
        assertThat(readAll(accepted)).isEqualTo(DATA);
      }
    } finally {
      group.shutdownNow();
    }
  }

  private void connectByAHandlerThatThrows(AsynchronousSocketChannel channel) throws IOException {
    channel.connect(
        listener.getLocalAddress(),
        "",
        handler(
            () -> {
              throw new IllegalStateException("thrown by the handler");
            }));
  }

  private static CompletionHandler<Void, String> handler(Callable<?> completed) {
    return new CompletionHandler<>() {
      @Override
      public void completed(Void result, String attachment) {
        try {
          Object unused = completed.call();
        } catch (RuntimeException e) {
          throw e;
        } catch (Exception e) {
          throw new AssertionError(e);
        }
      }

      @Override
      public void failed(Throwable failure, String attachment) {
        throw new AssertionError(failure);
      }
    };
  }

  /** A cancelled read closes the channel. The kernel would discard the channel's data. */
  @Test
  void deliversWhatWasWrittenBeforeAReadIsCancelled() throws Exception {
    lab.wire().delay(DELAY);
    try (AsynchronousSocketChannel channel = connected()) {
      get(channel.write(ByteBuffer.wrap(DATA)));
      Future<Integer> read = channel.read(ByteBuffer.allocate(1));
      assertThat(read.cancel(true)).isTrue();
      assertThat(channel.isOpen()).isFalse();
      assertThat(readAll(get(listener.accept()))).isEqualTo(DATA);
    }
  }

  /** A registration with epoll lives as long as the connection, under the descriptor's number. */
  @Test
  void theAnswerToAClosedConnectionCompletesNoOther() throws Exception {
    lab.wire().delay(DELAY);
    AsynchronousSocketChannel closed = connected();
    get(closed.write(ByteBuffer.wrap(DATA)));
    Future<Integer> pending = closed.write(ByteBuffer.allocate(100_000));
    closed.close();
    assertThatThrownBy(() -> get(pending)).isInstanceOf(AsynchronousCloseException.class);
    try (AsynchronousSocketChannel next = open()) { // the number is free
      InetSocketAddress noHost =
          new InetSocketAddress(InetAddress.getByAddress(withoutHost(lab.server().ipv4())), 25);
      Future<Void> connect = next.connect(noHost);
      lab.wire().await(Segment::isSynAck);
      assertThatThrownBy(() -> connect.get(2 * DELAY.toMillis(), TimeUnit.MILLISECONDS))
          .isInstanceOf(TimeoutException.class);
      assertThat(readAll(get(listener.accept()))).isEqualTo(DATA);
    }
  }

  private static byte[] withoutHost(InetAddress host) {
    byte[] address = host.getAddress();
    address[3] = 99;
    return address;
  }

  @Test
  void theShutdownOfAGroupCompletesWhatIsPending() throws Exception {
    for (int round = 0; round < 30; round++) {
      AsynchronousChannelGroup group =
          AsynchronousChannelGroup.withFixedThreadPool(1, Executors.defaultThreadFactory());
      AsynchronousSocketChannel channel = open(group);
      get(channel.connect(listener.getLocalAddress()));
      get(channel.write(ByteBuffer.wrap(DATA)));
      HandlerResult<Integer> read = new HandlerResult<>();
      channel.read(ByteBuffer.allocate(1), "", read);

      group.shutdownNow();

      assertThatThrownBy(() -> get(read)).isInstanceOf(AsynchronousCloseException.class);
      assertThat(group.awaitTermination(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
      get(listener.accept()).close();
    }
  }

  /** Of the longer writes, the SYN takes the beginning. */
  @ParameterizedTest
  @ValueSource(ints = {5, 5_000})
  void ofTwoFirstWritesAtOnceTheOneThatIsRefusedHasSentNothing(int size) throws Exception {
    for (int round = 0; round < 100; round++) {
      try (AsynchronousSocketChannel channel = connected()) {
        List<ByteBuffer> buffers = List.of(filled(size, 1), filled(size, 2));
        CyclicBarrier start = new CyclicBarrier(2);
        List<CompletableFuture<Integer>> written =
            buffers.stream().map(each -> together(start, channel, each)).toList();
        for (int i = 0; i < 2; i++) {
          try {
            assertThat(get(written.get(i))).isEqualTo(size);
          } catch (WritePendingException e) {
            assertThat(buffers.get(i).position()).isZero();
          }
        }
      }
      try (AsynchronousSocketChannel accepted = get(listener.accept())) {
        assertThat(runs(readAll(accepted))).allMatch(run -> run == size).hasSizeBetween(1, 2);
      }
      lab.wire().forget();
    }
  }

  private static ByteBuffer filled(int size, int value) {
    byte[] bytes = new byte[size];
    Arrays.fill(bytes, (byte) value);
    return ByteBuffer.wrap(bytes);
  }

  /** Returns the lengths of the runs of equal bytes. */
  private static List<Integer> runs(byte[] bytes) {
    List<Integer> runs = new ArrayList<>();
    int start = 0;
    for (int i = 1; i <= bytes.length; i++) {
      if (i == bytes.length || bytes[i] != bytes[start]) {
        runs.add(i - start);
        start = i;
      }
    }
    return runs;
  }

  private static CompletableFuture<Integer> together(
      CyclicBarrier start, AsynchronousSocketChannel channel, ByteBuffer data) {
    HandlerResult<Integer> result = new HandlerResult<>();
    new Thread(
            () -> {
              try {
                start.await();
                channel.write(data, "", result);
              } catch (Exception e) {
                result.completeExceptionally(e);
              }
            })
        .start();
    return result;
  }

  @Test
  void aGatheringWriteThatTheSynTakesWholeWaitsForNothing() throws Exception {
    lab.wire().fault(Faults.cut());
    AsynchronousChannelGroup group =
        AsynchronousChannelGroup.withFixedThreadPool(1, Executors.defaultThreadFactory());
    try (AsynchronousSocketChannel channel = open(group)) {
      get(channel.connect(listener.getLocalAddress()));
      HandlerResult<Long> result = new HandlerResult<>();
      ByteBuffer[] two = {ByteBuffer.wrap(DATA), ByteBuffer.wrap(DATA)};
      channel.write(two, 0, 2, 0, TimeUnit.SECONDS, "", result);
      assertThat(get(result)).isEqualTo(2L * DATA.length);
    } finally {
      group.shutdownNow();
    }
  }

  @Test
  void theProviderOfAChannelOpensChannelsInTheGroupsOfItsOwn() throws Exception {
    AsynchronousChannelGroup group =
        AsynchronousChannelGroup.withFixedThreadPool(1, Executors.defaultThreadFactory());
    try (AsynchronousSocketChannel channel = open(group)) {
      assertThat(channel.provider()).isSameAs(group.provider());
      channel.provider().openAsynchronousSocketChannel(group).close();
    } finally {
      group.shutdownNow();
    }
  }

  @Test
  void aConnectThatIsGivenUpByItsFutureCountsAsALoss() throws Exception {
    lab.wire().fault(Faults.drop(Segment::hasFastOpenOption));
    InetSocketAddress other = new InetSocketAddress(lab.server().ipv4(), port + 3);
    try (AsynchronousServerSocketChannel server = listen(port + 3)) {
      Awaitility.await().atMost(SOON).until(() -> isConnectedInTime(other));
      get(server.accept()).close();
    }
  }

  private boolean isConnectedInTime(InetSocketAddress to) throws Exception {
    try (AsynchronousSocketChannel channel = open()) {
      Future<Void> connect = channel.connect(to);
      try {
        connect.get(300, TimeUnit.MILLISECONDS);
        return true;
      } catch (TimeoutException e) {
        connect.cancel(true);
        return false;
      }
    }
  }

  /** The kernel resets a connection that is closed with data that was not read. */
  @Test
  void endsAConnectionWhoseServerAnswersAtOnce() throws Exception {
    lab.wire().delay(DELAY);
    AsynchronousSocketChannel channel = connected();
    get(channel.write(ByteBuffer.wrap(DATA)));
    channel.close();
    try (AsynchronousSocketChannel accepted = get(listener.accept())) {
      get(accepted.write(ByteBuffer.wrap(DATA)));
      assertThat(readAll(accepted)).isEqualTo(DATA);
    }
  }

  /** The timer may not have come to the shutdown yet. */
  @Test
  void endsTheOutputBeforeACloseThatResets() throws Exception {
    lab.wire().delay(DELAY);
    AsynchronousSocketChannel channel = connected();
    get(channel.write(ByteBuffer.wrap(DATA)));
    channel.shutdownOutput();
    try (AsynchronousSocketChannel accepted = get(listener.accept())) {
      get(accepted.write(ByteBuffer.wrap(DATA)));
      assertThat(get(channel.read(ByteBuffer.allocate(1)))).isEqualTo(1);
      channel.close();
      assertThat(readAll(accepted)).isEqualTo(DATA);
    }
  }

  @Test
  void shutsDownBeforeTheFirstWrite() throws Exception {
    try (AsynchronousSocketChannel channel = connected()) {
      channel.shutdownInput();
      get(channel.write(ByteBuffer.wrap(DATA)));
      channel.shutdownOutput();
      assertThat(readAll(get(listener.accept()))).isEqualTo(DATA);
    }
  }

  @Test
  void aReadTimesOutWhereTheHostIsSilentAndTheNextConnectsArePlain() throws Exception {
    lab.wire().fault(Faults.cut());
    assertThat(isDeferred()).isTrue();
    Awaitility.await().atMost(SOON).until(() -> !isDeferred());
  }

  /** Gives up after a while; a deferred connect is done at once. */
  private boolean isDeferred() throws Exception {
    try (AsynchronousSocketChannel channel = open()) {
      Future<Void> connect = channel.connect(listener.getLocalAddress());
      if (!connect.isDone()) {
        return false;
      }
      HandlerResult<Integer> written = new HandlerResult<>();
      channel.write(ByteBuffer.wrap(DATA), "", written);
      get(written);
      HandlerResult<Integer> read = new HandlerResult<>();
      channel.read(ByteBuffer.allocate(1), 500, TimeUnit.MILLISECONDS, "", read);
      assertThatThrownBy(() -> get(read)).isInstanceOf(InterruptedByTimeoutException.class);
      assertThatThrownBy(() -> channel.read(ByteBuffer.allocate(1)))
          .isInstanceOf(IllegalStateException.class);
      return true;
    }
  }
}
