package io.tfo.integration.socket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.tfo.integration.backends.BackendsUnderTest;
import io.tfo.jna.ClockedBackend;
import io.tfo.lab.Faults;
import io.tfo.lab.Segment;
import io.tfo.socket.FastOpenSocketFactory;
import io.tfo.test.StoppedTimer;
import io.tfo.testkit.BackendLab;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import javax.net.SocketFactory;
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

/** Uses of a socket, by no thread, one or two, before the socket sees the answer to its SYN. */
@Timeout(60)
class SocketUsesBeforeTheHandshakeTest {
  private static final String WRITTEN = "written";
  private static final Logger CONNECTS = Logger.getLogger("io.tfo.connect");

  private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
  private SocketLab hosts;
  private ServerSocket listening;
  private InetSocketAddress server;

  @BeforeEach
  void knowTheServer() throws Exception {
    hosts = SocketLab.open();
    listening = hosts.listen();
    server = new InetSocketAddress(hosts.lab().server().ipv4(), listening.getLocalPort());
    hosts.serve(listening, this::reply);
    try (Socket socket = connected()) {
      socket.shutdownOutput();
      assertThat(socket.getInputStream().read()).isEqualTo('r');
    }
    assertThat(received.poll(10, TimeUnit.SECONDS)).isEmpty();
    hosts.lab().wire().delay(Duration.ofMillis(50));
    hosts.lab().wire().forget();
  }

  @AfterEach
  void close() throws Exception {
    if (hosts != null) {
      hosts.close();
    }
  }

  /** Reads to the end of the client's stream, and replies. */
  private void reply(Socket socket) throws IOException {
    received.add(new String(socket.getInputStream().readAllBytes()));
    socket.getOutputStream().write('r');
  }

  private Socket connected() throws Exception {
    return hosts.onClient(
        () -> {
          Socket socket = SocketLab.factory().createSocket();
          socket.connect(server, 10_000);
          return socket;
        });
  }

  private Segment awaitSyn() {
    return hosts.lab().wire().await(Segment::isSyn);
  }

  /**
   * Writes on another thread; once this returns, that thread waits for the handshake. However long
   * it takes until then, the SYN waits for it: the timer stands still.
   */
  private Future<Throwable> startWriting(Socket socket) {
    Future<Throwable> writer =
        hosts
            .lab()
            .client()
            .start(() -> catchThrowable(() -> socket.getOutputStream().write(WRITTEN.getBytes())));
    assertThat(awaitSyn().payload()).asString().isEqualTo(WRITTEN);
    return writer;
  }

  /** The calls that a thread can make on a socket of the JDK while another thread uses it. */
  enum Shutdown {
    OUTPUT {
      @Override
      void on(Socket socket) throws IOException {
        socket.shutdownOutput();
      }
    },
    INPUT {
      @Override
      void on(Socket socket) throws IOException {
        socket.shutdownInput();
      }
    };

    abstract void on(Socket socket) throws IOException;
  }

  @ParameterizedTest
  @EnumSource
  @ExtendWith(StoppedTimer.InTest.class)
  void aShutdownDuringAnotherThreadsFirstWriteKeepsTheWrite(Shutdown shutdown) throws Exception {
    try (Socket socket = connected()) {
      Future<Throwable> writer = startWriting(socket);
      shutdown.on(socket);
      assertThat(writer.get(10, TimeUnit.SECONDS)).isNull();
    }
    assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo(WRITTEN);
  }

  @Test
  @ExtendWith(StoppedTimer.InTest.class)
  void aCloseDuringAnotherThreadsFirstWriteKeepsTheWrite() throws Exception {
    Socket socket = connected();
    Future<Throwable> writer = startWriting(socket);
    socket.close();
    assertThat(writer.get(10, TimeUnit.SECONDS)).isNull();
    assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo(WRITTEN);
  }

  @Test
  @ExtendWith(StoppedTimer.InTest.class)
  void aCloseDuringAnotherThreadsReadEndsTheConnectionOfTheServer() throws Exception {
    Socket socket = connected();
    Future<Throwable> reader =
        hosts.lab().client().start(() -> catchThrowable(() -> socket.getInputStream().read()));
    assertThat(awaitSyn().payload()).isEmpty();
    socket.close();
    assertThat(reader.get(10, TimeUnit.SECONDS)).hasMessage("Socket closed");
    assertThat(received.poll(10, TimeUnit.SECONDS)).isEmpty();
  }

  /** The clock stands still, so that a close that waits would wait for ever. */
  @Test
  void aCloseWaitsForNoAnswerAndTheServerSeesTheConnection() throws Exception {
    ClockedBackend backend = new ClockedBackend(BackendsUnderTest.ALL.get("linux-connect").get());
    FastOpenSocketFactory factory = FastOpenSocketFactory.over(backend.connector());
    assertThat(closedUnused(factory).get(10, TimeUnit.SECONDS).isClosed()).isTrue();
    assertThat(received.poll(10, TimeUnit.SECONDS)).isEmpty();

    hosts.lab().wire().fault(Faults.drop(Segment::isSynAck));
    hosts.lab().wire().forget();
    backend.stop();
    Socket socket = closedUnused(factory).get(30, TimeUnit.SECONDS);
    assertThat(socket.isClosed()).isTrue();
    assertThat(catchThrowable(socket::getInputStream)).hasMessage("Socket is closed");
    assertThat(awaitSyn().payload()).isEmpty();
    assertThat(received).isEmpty();

    hosts.lab().wire().clearFaults();
    assertThat(received.poll(10, TimeUnit.SECONDS)).isEmpty();
    backend.goOn();
  }

  /** A health check may always connect from one port, which a firewall lets through. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aPortThatTheProgramHasBoundIsFreeAfterAClose(boolean ours) throws Exception {
    SocketFactory sockets = ours ? SocketLab.factory() : SocketFactory.getDefault();
    int port = BackendLab.newPort();
    for (int i = 0; i < 2; i++) {
      hosts.onClient(
          () -> {
            Socket socket = sockets.createSocket();
            socket.bind(new InetSocketAddress(port));
            socket.connect(server, 10_000);
            socket.setSoLinger(true, 0); // a reset, without TIME_WAIT
            socket.close();
            return true;
          });
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anInterruptIsKeptByACloseOfASocketWhosePortTheProgramHasBound(boolean ours)
      throws Exception {
    SocketFactory sockets = ours ? SocketLab.factory() : SocketFactory.getDefault();
    boolean interrupted =
        hosts.onClient(
            () -> {
              try (Socket socket = sockets.createSocket()) {
                socket.bind(new InetSocketAddress(BackendLab.newPort()));
                socket.connect(server, 10_000);
                Thread.currentThread().interrupt();
              }
              return Thread.interrupted();
            });
    assertThat(interrupted).isTrue();
  }

  /** So the request of a cancelled task is not sent. */
  @Test
  @EnabledForJreRange(min = JRE.JAVA_21)
  void anInterruptBeforeItEndsAVirtualThreadsConnectAsAPlainOne() throws Exception {
    Throwable plain = interruptedConnect(SocketFactory.getDefault());
    assertThat(interruptedConnect(SocketLab.factory()))
        .isExactlyInstanceOf(plain.getClass())
        .isExactlyInstanceOf(SocketException.class)
        .hasMessage(plain.getMessage());
  }

  private Throwable interruptedConnect(SocketFactory sockets) throws Exception {
    return hosts.onClient(
        () -> {
          Socket socket = bound(sockets);
          FutureTask<Throwable> connect =
              new FutureTask<>(
                  () -> {
                    Thread.currentThread().interrupt();
                    return catchThrowable(() -> socket.connect(server, 10_000));
                  });
          Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, connect);
          Throwable failure = connect.get(10, TimeUnit.SECONDS);
          assertThat(socket.isClosed()).isTrue();
          return failure;
        });
  }

  /** Uses that do not wait on the JDK's socket, which is connected by then. */
  enum FirstUse {
    WRITE(socket -> socket.getOutputStream().write(WRITTEN.getBytes(UTF_8))),
    AVAILABLE(socket -> socket.getInputStream().available()),
    SHUTDOWN_INPUT(Socket::shutdownInput),
    SHUTDOWN_OUTPUT(Socket::shutdownOutput),
    CLOSE(Socket::close),
    URGENT_DATA(socket -> socket.sendUrgentData('u'));

    private final Action use;

    FirstUse(Action use) {
      this.use = use;
    }

    private interface Action {
      void on(Socket socket) throws IOException;
    }
  }

  @ParameterizedTest
  @EnumSource
  @EnabledForJreRange(min = JRE.JAVA_21)
  void anInterruptBeforeAVirtualThreadsFirstUseIsKeptAsByAPlainOne(FirstUse use) throws Exception {
    String plain = interruptedUse(SocketFactory.getDefault(), use, true);
    assertThat(plain).startsWith("interrupted true");
    assertThat(interruptedUse(SocketLab.factory(), use, true)).isEqualTo(plain);
  }

  /** A write is left out: it waits for the handshake, and an interrupt cancels it. */
  @ParameterizedTest
  @EnumSource(names = "WRITE", mode = EnumSource.Mode.EXCLUDE)
  @EnabledForJreRange(min = JRE.JAVA_21)
  void anInterruptDuringAVirtualThreadsFirstUseIsKeptAsByAPlainOne(FirstUse use) throws Exception {
    String plain = interruptedUse(SocketFactory.getDefault(), use, true);
    assertThat(interruptedUse(SocketLab.factory(), use, false)).isEqualTo(plain);
  }

  private String interruptedUse(SocketFactory sockets, FirstUse first, boolean isInterruptedBefore)
      throws Exception {
    hosts.lab().wire().forget();
    try (Socket socket = hosts.onClient(() -> bound(sockets))) {
      FutureTask<String> use =
          new FutureTask<>(
              () -> {
                socket.connect(server, 10_000);
                if (isInterruptedBefore) {
                  Thread.currentThread().interrupt();
                }
                first.use.on(socket);
                return "interrupted " + Thread.interrupted() + ", closed " + socket.isClosed();
              });
      Thread thread =
          (Thread) Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, use);
      if (!isInterruptedBefore) {
        awaitSyn();
        thread.interrupt();
      }
      String result = use.get(10, TimeUnit.SECONDS);
      if (!socket.isClosed() && !socket.isOutputShutdown()) {
        socket.shutdownOutput();
      }
      assertThat(received.poll(10, TimeUnit.SECONDS))
          .isEqualTo(first == FirstUse.WRITE ? WRITTEN : "");
      return result;
    }
  }

  /** Created on the host of this thread. */
  private static Socket bound(SocketFactory sockets) throws IOException {
    Socket socket = sockets.createSocket();
    socket.bind(null);
    return socket;
  }

  @Test
  void aCloseLongAfterTheSynTellsTheBackOffThatItIsNotAnswered() throws Exception {
    ClockedBackend backend = new ClockedBackend(BackendsUnderTest.ALL.get("linux-connect").get());
    FastOpenSocketFactory factory = FastOpenSocketFactory.over(backend.connector());
    closedUnused(factory).get(10, TimeUnit.SECONDS);
    assertThat(received.poll(10, TimeUnit.SECONDS)).isEmpty();
    hosts.lab().wire().fault(Faults.cut());
    hosts.lab().wire().forget();
    Socket socket =
        hosts.onClient(
            () -> {
              Socket unused = factory.createSocket();
              unused.connect(server);
              return unused;
            });
    assertThat(awaitSyn().payload()).isEmpty();
    backend.pass(Duration.ofMinutes(1));
    assertThat(backend.remembers(server)).isFalse();
    socket.close();
    await().untilAsserted(() -> assertThat(backend.remembers(server)).isTrue());
  }

  private Future<Socket> closedUnused(FastOpenSocketFactory factory) {
    return hosts
        .lab()
        .client()
        .start(
            () -> {
              Socket socket = factory.createSocket();
              socket.connect(server);
              socket.close();
              return socket;
            });
  }

  /** The close waits for the thread that connects, which then closes the socket. */
  @Test
  @ExtendWith(StoppedTimer.InTest.class)
  void aCloseDuringAConnectThatFailsLeavesTheWriterTheErrorOfTheConnect() throws Exception {
    hosts.stop(listening);
    Socket socket = connected();
    Future<Throwable> writer = startWriting(socket);
    socket.close();
    assertThat(writer.get(10, TimeUnit.SECONDS))
        .isExactlyInstanceOf(ConnectException.class)
        .hasMessage("Connection refused");
  }

  @Test
  @ExtendWith(StoppedTimer.InTest.class)
  void aReadDuringAnotherThreadsFirstWriteLeavesTheWriterTheErrorOfTheConnect() throws Exception {
    hosts.stop(listening);
    try (Socket socket = connected()) {
      InputStream in = socket.getInputStream();
      Future<Throwable> writer = startWriting(socket);
      Throwable read =
          hosts.lab().client().start(() -> catchThrowable(in::read)).get(10, TimeUnit.SECONDS);
      assertThat(writer.get(10, TimeUnit.SECONDS))
          .isExactlyInstanceOf(ConnectException.class)
          .hasMessage("Connection refused");
      assertThat(read).hasMessage("Socket closed");
      assertThat(socket.isClosed()).isTrue();
    }
  }

  /**
   * An observer of a connect, such as a log handler, may take long. A reader that waits for the
   * connect must not see an end meanwhile.
   */
  @Test
  @ExtendWith(StoppedTimer.InTest.class)
  void aReadDuringAnotherThreadsConnectThatFailsSeesNoEnd() throws Exception {
    hosts.stop(listening);
    CompletableFuture<Throwable> read = new CompletableFuture<>();
    SlowHandler slow = new SlowHandler(read);
    CONNECTS.setLevel(Level.FINE);
    CONNECTS.addHandler(slow);
    try (Socket socket = connected()) {
      InputStream in = socket.getInputStream();
      Future<Throwable> writer = startWriting(socket);
      assertThat(slow.isCalled.await(10, TimeUnit.SECONDS)).isTrue();
      hosts.lab().client().start(() -> read.complete(catchThrowable(() -> assertNoEnd(in))));
      assertThat(writer.get(20, TimeUnit.SECONDS)).isExactlyInstanceOf(ConnectException.class);
      assertThat(read.get(10, TimeUnit.SECONDS)).hasMessage("Socket closed");
    } finally {
      CONNECTS.removeHandler(slow);
      CONNECTS.setLevel(null);
    }
  }

  private static void assertNoEnd(InputStream in) throws IOException {
    assertThat(in.read()).isNotNegative();
  }

  /** Holds each connect up until a read has ended, or for a while. */
  private static final class SlowHandler extends Handler {
    private final Future<Throwable> read;
    final CountDownLatch isCalled = new CountDownLatch(1);

    SlowHandler(Future<Throwable> read) {
      this.read = read;
      setLevel(Level.ALL);
    }

    @Override
    public void publish(LogRecord entry) {
      isCalled.countDown();
      try {
        read.get(5, TimeUnit.SECONDS);
      } catch (InterruptedException | ExecutionException | TimeoutException e) {
        // It waits for this thread.
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  /** A server of FTP sees a data connection before it answers the command that needs it. */
  @Test
  void aServerSeesTheConnectionOfASocketThatIsNotUsed() throws Exception {
    try (Socket socket = connected()) {
      assertThat(awaitSyn().payload()).isEmpty();
      socket.getOutputStream().write(WRITTEN.getBytes());
      socket.shutdownOutput();
      assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo(WRITTEN);
      assertThat(socket.getInputStream().read()).isEqualTo('r');
    }
    assertThat(hosts.lab().wire().syns()).hasSize(1);
  }

  @Test
  void theFirstWriteFailsWithTheErrorOfAConnectThatWasNotUsed() throws Exception {
    hosts.stop(listening);
    try (Socket socket = connected()) {
      hosts.lab().wire().await(segment -> segment.has(Segment.Flag.RST));
      assertThatThrownBy(() -> socket.getOutputStream().write(1))
          .isExactlyInstanceOf(ConnectException.class)
          .hasMessage("Connection refused");
      assertThat(socket.isClosed()).isTrue();
    }
  }

  /** A health check, for example, only connects and closes. */
  @Test
  void aServerThatHasGoneFailsTheConnectAfterOneThatWasNotUsed() throws Exception {
    hosts.stop(listening);
    connected().close();
    hosts.lab().wire().await(segment -> segment.has(Segment.Flag.RST));
    await()
        .untilAsserted(
            () -> {
              Throwable failure = catchThrowable(() -> connected().close());
              assertThat(failure)
                  .isExactlyInstanceOf(ConnectException.class)
                  .hasMessage("Connection refused");
            });
  }

  @Test
  void theReplyOfAServerThatResetsTheConnectionAtOnceIsRead() throws Exception {
    hosts.lab().wire().delay(Duration.ZERO);
    ServerSocket resetting = hosts.listen();
    hosts.serve(
        resetting,
        socket -> {
          socket.getInputStream().read();
          socket.getOutputStream().write('r');
          socket.setSoLinger(true, 0);
        });
    Integer replies =
        hosts.onClient(
            () -> {
              int read = 0;
              while (read < 300 && replyOf(resetting) == 'r') {
                read++;
              }
              return read;
            });
    assertThat(replies).isEqualTo(300);
  }

  private int replyOf(ServerSocket listener) throws IOException {
    try (Socket socket =
        SocketLab.factory().createSocket(server.getAddress(), listener.getLocalPort())) {
      socket.getOutputStream().write(WRITTEN.getBytes());
      return socket.getInputStream().read();
    }
  }
}
