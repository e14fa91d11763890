package io.tfo.integration.observing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.tfo.integration.observing.ObservedDropIn.Client;
import io.tfo.integration.socket.SocketLab;
import io.tfo.lab.Faults;
import io.tfo.lab.Segment;
import io.tfo.socket.FastOpenSocketFactory;
import io.tfo.spi.FastOpenBackend;
import io.tfo.test.StoppedTimer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The events in a recording of connections whose SYNs were seen on the wire. */
@Timeout(60)
class FlightRecorderTest {
  private static final Duration ONE_WAY = Duration.ofMillis(10);

  @TempDir private Path folder;
  private final FastOpenBackend backend = ObservedDropIn.freshBackend();
  private SocketLab hosts;
  private InetSocketAddress server;

  @BeforeEach
  void open() throws Exception {
    hosts = SocketLab.open();
    hosts.lab().wire().delay(ONE_WAY);
    server = hosts.serve(ObservedDropIn::reply);
  }

  @AfterEach
  void close() throws Exception {
    if (hosts != null) {
      hosts.close();
    }
  }

  private interface Action {
    void run() throws Exception;
  }

  /** Records the events of one type while something happens. */
  private List<RecordedEvent> record(String event, Duration threshold, Action action)
      throws Exception {
    Path file = folder.resolve("recording.jfr");
    try (Recording recording = new Recording()) {
      recording.enable(event).withThreshold(threshold);
      recording.start();
      action.run();
      recording.stop();
      recording.dump(file);
    }
    return RecordingFile.readAllEvents(file).stream()
        .filter(each -> each.getEventType().getName().equals(event))
        .sorted(Comparator.comparing(RecordedEvent::getStartTime))
        .toList();
  }

  /** The SYN waits for the first write, however long a busy machine takes. */
  private void exchange(Client client) throws Exception {
    StoppedTimer.during(
        () ->
            hosts.onClient(
                () -> {
                  client.exchange(server);
                  return null;
                }));
  }

  /**
   * In JDK 17, a text of more than 15 characters can be null if an earlier recording of the same
   * JVM has the same text, such as the name of asynchronous channels.
   */
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "ASYNCHRONOUS_CHANNELS")
  void hasEachConnectWithItsOutcome(ObservedDropIn dropIn) throws Exception {
    Client client = dropIn.over(backend);
    List<RecordedEvent> events =
        record(
            "io.tfo.Connect",
            Duration.ZERO,
            () -> {
              exchange(client);
              exchange(client);
            });

    assertThat(hosts.lab().client().counter("TCPFastOpenActive")).isEqualTo(1);
    assertThat(events).hasSize(2);
    for (RecordedEvent each : events) {
      assertThat(each.getString("address")).isEqualTo(server.getAddress().getHostAddress());
      assertThat(each.getInt("port")).isEqualTo(server.getPort());
      assertThat(each.getString("backend")).isEqualTo("linux-connect");
      assertThat(each.getString("dropIn")).isEqualTo(dropIn.label);
      assertThat(each.getString("plainReason")).isNull();
      assertThat(each.getString("failure")).isNull();
      // A channel tells of its SYN when that is sent.
      assertThat(each.getDuration())
          .isBetween(
              dropIn == ObservedDropIn.CHANNELS ? ONE_WAY : ONE_WAY.multipliedBy(2),
              Duration.ofSeconds(5));
      assertThat(each.getStackTrace().getFrames())
          .anyMatch(
              frame -> frame.getMethod().getType().getName().startsWith(getClass().getName()));
    }
    assertThat(events.get(0).getString("outcome")).isEqualTo("COOKIE_REQUESTED");
    assertThat(events.get(0).getInt("synData")).isZero();
    assertThat(events.get(1).getString("outcome")).isEqualTo("SYN_DATA_ACKED");
    assertThat(events.get(1).getInt("synData"))
        .isEqualTo(dropIn == ObservedDropIn.CHANNELS ? -1 : ObservedDropIn.REQUEST.length);
  }

  @ParameterizedTest
  @EnumSource
  void tellsWhyAConnectWasPlain(ObservedDropIn dropIn) throws Exception {
    hosts.lab().client().sysctl("net.ipv4.tcp_fastopen", "0");
    List<RecordedEvent> events =
        record("io.tfo.Connect", Duration.ZERO, () -> exchange(dropIn.over(backend)));

    assertThat(events).hasSize(1);
    assertThat(events.get(0).getString("plainReason")).isEqualTo("OFF");
    assertThat(events.get(0).getString("outcome")).isEqualTo("NOT_ATTEMPTED");
  }

  @ParameterizedTest
  @EnumSource
  void leavesOutConnectsThatAreShorterThanTheThreshold(ObservedDropIn dropIn) throws Exception {
    Client client = dropIn.over(backend);
    List<RecordedEvent> events =
        record(
            "io.tfo.Connect",
            Duration.ofMillis(700),
            () -> {
              exchange(client);
              hosts.lab().wire().fault(Faults.dropSynData(1));
              exchange(client);
            });

    assertThat(events).hasSize(1);
    assertThat(events.get(0).getDuration()).isGreaterThan(Duration.ofMillis(900));
  }

  @ParameterizedTest
  @EnumSource(names = {"SOCKETS", "ASYNCHRONOUS_CHANNELS"})
  void tellsTheFailureOfAConnect(ObservedDropIn dropIn) throws Exception {
    try (ServerSocket unused = hosts.listen()) {
      server = new InetSocketAddress(hosts.lab().server().ipv4(), unused.getLocalPort());
    }
    assertThat(failureOf(dropIn)).contains("ConnectException", "refused");
  }

  /**
   * The event has the exception that the program gets, though the time limit closes the channel.
   */
  @Test
  void tellsThatAConnectHasTimedOut() throws Exception {
    hosts.lab().wire().fault(Faults.drop(Segment::isSyn));
    List<RecordedEvent> events =
        record(
            "io.tfo.Connect",
            Duration.ZERO,
            () ->
                assertThat(catchThrowable(() -> hosts.onClient(this::connectForMillis)))
                    .isInstanceOf(SocketTimeoutException.class));

    assertThat(events).hasSize(1);
    assertThat(events.get(0).getString("failure"))
        .isEqualTo("java.net.SocketTimeoutException: Connect timed out");
  }

  private boolean connectForMillis() throws Exception {
    try (SocketChannel channel = SocketChannel.open()) {
      return backend
          .connector()
          .connect(channel, server, ByteBuffer.allocate(1), Duration.ofMillis(100));
    }
  }

  /** The system refuses it at once, and sends no SYN. */
  @ParameterizedTest
  @EnumSource(names = {"CHANNELS", "ASYNCHRONOUS_CHANNELS"})
  void tellsTheFailureOfAChannelsConnectWithoutARoute(ObservedDropIn dropIn) throws Exception {
    server = new InetSocketAddress("192.0.2.1", 443);
    assertThat(failureOf(dropIn)).contains("unreachable");
  }

  /** The system refuses to send the SYN that has waited, and a plain connect takes its place. */
  @Test
  void tellsWhyTheSynOfAFirstWriteWasPlain() throws Exception {
    exchange(ObservedDropIn.ASYNCHRONOUS_CHANNELS.over(backend)); // the cookie
    Client switched =
        to -> {
          try (AsynchronousSocketChannel channel =
              ObservedDropIn.asynchronousChannels(backend).open(null)) {
            channel.connect(to).get(20, TimeUnit.SECONDS);
            hosts.lab().client().sysctl("net.ipv4.tcp_fastopen", "2");
            channel.write(ByteBuffer.allocate(1)).get(20, TimeUnit.SECONDS);
          }
        };
    List<RecordedEvent> events = record("io.tfo.Connect", Duration.ZERO, () -> exchange(switched));

    assertThat(events).hasSize(1);
    assertThat(events.get(0).getString("failure")).isNull();
    assertThat(events.get(0).getString("plainReason")).isEqualTo("OFF");
    assertThat(events.get(0).getString("outcome")).isEqualTo("NOT_ATTEMPTED");
    assertThat(events.get(0).getInt("synData")).isZero();
  }

  /** The program has been told that the connect is finished, and not that the SYN is refused. */
  @Test
  void tellsTheFailureOfAFirstRead() throws Exception {
    Client client = ObservedDropIn.ASYNCHRONOUS_CHANNELS.over(backend);
    try (ServerSocket listening = hosts.listen()) {
      server = new InetSocketAddress(hosts.lab().server().ipv4(), listening.getLocalPort());
      hosts.serve(listening, ObservedDropIn::reply);
      exchange(client);
    }
    assertThat(failureOf(client)).contains("refused");
  }

  @Test
  void tellsTheFailureOfAConnectThatIsClosedBeforeTheJdkFindsItOut() throws Exception {
    try (ServerSocket unused = hosts.listen()) {
      server = new InetSocketAddress(hosts.lab().server().ipv4(), unused.getLocalPort());
    }
    assertThat(failureOf(this::closeUntold)).contains("ConnectException", "before the close");
  }

  @Test
  void hasTheOutcomeOfAConnectThatIsClosedBeforeTheJdkFindsItOut() throws Exception {
    List<RecordedEvent> events =
        record(
            "io.tfo.Connect",
            Duration.ZERO,
            () -> assertThat(catchThrowable(() -> exchange(this::closeUntold))).isNotNull());

    assertThat(events).hasSize(1);
    assertThat(events.get(0).getString("outcome")).isEqualTo("COOKIE_REQUESTED");
    assertThat(events.get(0).getString("failure")).isNull();
  }

  /** Closes a channel whose SYN is answered, while no thread of its group tells the JDK. */
  private void closeUntold(InetSocketAddress to) throws Exception {
    CountDownLatch free = new CountDownLatch(1);
    AsynchronousChannelGroup group =
        AsynchronousChannelGroup.withFixedThreadPool(
            1, thread -> new Thread(() -> runOnceFree(thread, free)));
    try {
      Future<Void> connect;
      try (AsynchronousSocketChannel channel =
          ObservedDropIn.asynchronousChannels(backend).open(group)) {
        connect = channel.connect(to);
        // This connect is answered later than that of the channel.
        Throwable unused = catchThrowable(() -> new Socket(to.getAddress(), to.getPort()).close());
      }
      connect.get(20, TimeUnit.SECONDS);
    } finally {
      free.countDown();
      group.shutdownNow();
    }
  }

  private static void runOnceFree(Runnable thread, CountDownLatch free) {
    try {
      free.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    thread.run();
  }

  /** The timer sends the SYN, so that the server sees the connection. */
  @Test
  void tellsThatTheSynOfASocketWasSentBeforeTheFirstWrite() throws Exception {
    exchange(ObservedDropIn.SOCKETS.over(backend)); // the cookie
    hosts.lab().wire().forget();
    List<RecordedEvent> events =
        record("io.tfo.Connect", Duration.ZERO, () -> hosts.onClient(this::exchangeLate));

    assertThat(events).hasSize(1);
    assertThat(events.get(0).getString("plainReason")).isEqualTo("NO_FIRST_WRITE");
  }

  private boolean exchangeLate() throws IOException {
    FastOpenSocketFactory factory = FastOpenSocketFactory.over(backend.connector());
    try (Socket socket = factory.createSocket(server.getAddress(), server.getPort())) {
      hosts.lab().wire().await(Segment::isSyn);
      socket.getOutputStream().write(ObservedDropIn.REQUEST);
      return socket.getInputStream().read() == 1;
    }
  }

  private String failureOf(ObservedDropIn dropIn) throws Exception {
    return failureOf(dropIn.over(backend));
  }

  private String failureOf(Client client) throws Exception {
    List<RecordedEvent> events =
        record(
            "io.tfo.Connect",
            Duration.ZERO,
            () -> assertThat(catchThrowable(() -> exchange(client))).isNotNull());

    assertThat(events).hasSize(1);
    assertThat(events.get(0).getString("outcome")).isNull();
    return events.get(0).getString("failure");
  }

  @Test
  void hasEachAcceptedConnection() throws Exception {
    Client client = ObservedDropIn.SOCKETS.over(backend);
    List<RecordedEvent> events =
        record(
            "io.tfo.Accept",
            Duration.ZERO,
            () -> {
              exchange(client);
              exchange(client);
            });

    assertThat(hosts.lab().server().counter("TCPFastOpenPassive")).isEqualTo(1);
    assertThat(events)
        .extracting(each -> each.getString("outcome"))
        .containsExactly("NOT_ATTEMPTED", "SYN_DATA_ACKED");
    assertThat(events).allMatch(each -> each.getInt("localPort") == server.getPort());
  }

  /** With a timeout, the socket of a channel accepts by another method of the JDK's. */
  @ParameterizedTest
  @ValueSource(ints = {0, 60_000})
  void hasEachConnectionThatAnNioListenerAccepts(int timeout) throws Exception {
    ServerSocket listener = ObservedDropIn.listenByAChannel(hosts, backend);
    listener.setSoTimeout(timeout);
    hosts.serve(listener, ObservedDropIn::reply);
    server = new InetSocketAddress(listener.getInetAddress(), listener.getLocalPort());
    hasEachAcceptedConnection();
  }
}
