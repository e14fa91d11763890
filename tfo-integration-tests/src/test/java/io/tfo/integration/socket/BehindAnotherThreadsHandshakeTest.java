package io.tfo.integration.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.tfo.integration.backends.BackendsUnderTest;
import io.tfo.jdk.JdkSockets;
import io.tfo.jna.ClockedBackend;
import io.tfo.lab.Faults;
import io.tfo.lab.Segment;
import io.tfo.socket.FastOpenSocketFactory;
import io.tfo.spi.FastOpenBackend;
import io.tfo.test.StoppedTimer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import javax.net.SocketFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Calls that wait for a handshake for which another thread waits already. */
@Timeout(60)
class BehindAnotherThreadsHandshakeTest {
  private static final String WRITTEN = "written";
  private static final String MORE_THAN_A_SYN_TAKES = "more".repeat(1000);

  /** The calls that end the stream to the server. */
  private enum End {
    SHUTDOWN(Socket::shutdownOutput),
    CLOSE(Socket::close);

    private final Use use;

    End(Use use) {
      this.use = use;
    }
  }

  private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
  private SocketLab hosts;
  private InetSocketAddress server;

  @BeforeEach
  void knowTheServer() throws Exception {
    hosts = SocketLab.open();
    server =
        hosts.serve(socket -> received.add(new String(socket.getInputStream().readAllBytes())));
    connected(SocketLab.factory()).close();
    assertThat(received.poll(10, TimeUnit.SECONDS)).isEmpty();
    hosts.lab().wire().forget();
  }

  @AfterEach
  void close() throws Exception {
    if (hosts != null) {
      hosts.close();
    }
  }

  private Socket connected(SocketFactory factory) throws Exception {
    return hosts.onClient(
        () -> {
          Socket socket = factory.createSocket();
          socket.connect(server);
          return socket;
        });
  }

  /** A call on another thread: the thread, and the exception of the call. */
  private record Running(Thread thread, Future<Throwable> failure) {
    Throwable result() throws Exception {
      return failure.get(10, TimeUnit.SECONDS);
    }

    /** Returns once the thread waits for another one; a wait for the network looks as if it ran. */
    Running awaitParked() {
      awaitSoon(() -> failure.isDone() || thread.getState() != Thread.State.RUNNABLE);
      return this;
    }
  }

  /** Looks often: the answer to the SYN comes soon. */
  private static void awaitSoon(Callable<Boolean> condition) {
    await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(1)).until(condition);
  }

  private static ReentrantLock writers(Socket socket) {
    JdkSockets jdk = Objects.requireNonNull(JdkSockets.ACCESS);
    return jdk.writeLock(Objects.requireNonNull(jdk.nioBehind(socket)));
  }

  private interface Use {
    void on(Socket socket) throws IOException;
  }

  private static Running start(Socket socket, Use use) throws Exception {
    FutureTask<Throwable> task = task(socket, use);
    Thread thread = new Thread(task);
    thread.start();
    return new Running(thread, task);
  }

  /** Starts a virtual thread by reflection: the tests are compiled for JDK 17. */
  private static Running startVirtual(Socket socket, Use use) throws Exception {
    FutureTask<Throwable> task = task(socket, use);
    Thread thread =
        (Thread) Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, task);
    return new Running(thread, task);
  }

  private static FutureTask<Throwable> task(Socket socket, Use use) {
    return new FutureTask<>(() -> catchThrowable(() -> use.on(socket)));
  }

  private static void read(Socket socket) throws IOException {
    assertThat(socket.getInputStream().read()).isNegative();
  }

  private static void write(Socket socket) throws IOException {
    socket.getOutputStream().write(WRITTEN.getBytes());
  }

  /** Waits for the SYN. The timer is stopped, so the started thread has sent it. */
  private Segment awaitSyn() {
    return hosts.lab().wire().await(Segment::isSyn);
  }

  /** A factory that knows the server. Its clock stands still, so a busy machine is in time. */
  private SocketFactory withStoppedClock() throws Exception {
    FastOpenBackend backend =
        ClockedBackend.stopped(BackendsUnderTest.ALL.get("linux-connect").get());
    SocketFactory factory = FastOpenSocketFactory.over(backend.connector());
    connected(factory).close();
    assertThat(received.poll(10, TimeUnit.SECONDS)).isEmpty();
    hosts.lab().wire().forget();
    return factory;
  }

  /** The JDK's socket has its connection by then, and has written what the system can take. */
  @ParameterizedTest
  @EnumSource
  @ExtendWith(StoppedTimer.InTest.class)
  void whatEndsTheStreamFollowsTheWritesThatWait(End end) throws Exception {
    SocketFactory factory = withStoppedClock();
    hosts.lab().wire().delay(Duration.ofMillis(50));
    for (int i = 0; i < 10; i++) {
      hosts.lab().wire().forget();
      Socket socket = connected(factory);
      OutputStream out = socket.getOutputStream();
      Running first = start(socket, each -> out.write(MORE_THAN_A_SYN_TAKES.getBytes()));
      assertThat(awaitSyn().payload()).isNotEmpty();
      Running second = start(socket, each -> out.write(WRITTEN.getBytes()));
      awaitSoon(() -> second.failure().isDone() || writers(socket).hasQueuedThreads());
      Running ending = start(socket, end.use).awaitParked();

      assertThat(first.result()).isNull();
      assertThat(second.result()).isNull();
      assertThat(ending.result()).isNull();
      assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo(MORE_THAN_A_SYN_TAKES + WRITTEN);
      socket.close();
    }
  }

  /** A close waits for a second at most. */
  @Test
  void aCloseKeepsAWriteThatWaits() throws Exception {
    SocketFactory factory = withStoppedClock();
    hosts.lab().wire().delay(Duration.ofMillis(100));
    Socket socket = connected(factory);
    InputStream in = socket.getInputStream(); // not by the reader, which may run after the close
    Running reader = start(socket, each -> assertThat(in.read()).isNegative());
    assertThat(awaitSyn().payload()).isEmpty();
    Running writer = start(socket, BehindAnotherThreadsHandshakeTest::write).awaitParked();
    socket.close();
    assertThat(writer.result()).isNull();
    assertThat(reader.result()).hasMessage("Socket closed");
    assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo(WRITTEN);
  }

  /** The plain socket's SYN is not answered in {@code connect}, ours in the first write. */
  @Test
  @ExtendWith(StoppedTimer.InTest.class)
  void aCloseWaitsForNoThreadAsOnThePlainSocket() throws Exception {
    hosts.lab().wire().fault(Faults.cut());
    Socket plain = SocketFactory.getDefault().createSocket();
    Running connecting = startOnClient(plain, socket -> socket.connect(server));
    awaitSyn();
    assertThat(waitsOf(plain::close)).isZero();
    assertThat(connecting.result()).isExactlyInstanceOf(SocketException.class);

    hosts.lab().wire().forget();
    Socket socket = connected(SocketLab.factory());
    OutputStream out = socket.getOutputStream();
    InputStream in = socket.getInputStream();
    Running writer = start(socket, BehindAnotherThreadsHandshakeTest::write);
    awaitSyn();
    assertThat(waitsOf(socket::close)).isZero();
    assertThat(socket.isClosed()).isTrue();
    assertThat(catchThrowable(() -> out.write(1))).hasMessage("Socket closed");
    assertThat(catchThrowable(in::read)).hasMessage("Socket closed");
    assertThat(catchThrowable(in::available)).hasMessage("Socket closed");
    assertThat(writer.result())
        .isExactlyInstanceOf(SocketException.class)
        .hasMessage("Socket closed");
  }

  /** Uses the calls that {@code Socket} passes on whether it is closed or not. */
  @Test
  void aSocketThatIsClosedBeforeTheAnswerSaysSoAsThePlainOne() throws Exception {
    Socket plain = connected(SocketFactory.getDefault());
    plain.close();
    List<String> expected = answers(plain);
    assertThat(received.poll(10, TimeUnit.SECONDS)).isEmpty();
    hosts.lab().wire().fault(Faults.cut());
    Socket socket = connected(SocketLab.factory());
    socket.close();
    List<String> answers = new ArrayList<>();
    assertThat(waitsOf(() -> answers.addAll(answers(socket)))).isZero();
    assertThat(answers)
        .isEqualTo(expected)
        .contains("java.net.SocketException: Socket closed", "0.0.0.0/0.0.0.0");
  }

  private static List<String> answers(Socket socket) {
    List<Callable<Object>> calls =
        List.of(
            socket::getTrafficClass,
            socket::getLocalAddress,
            () -> {
              socket.sendUrgentData(1);
              return "sent";
            },
            socket::getInetAddress,
            socket::getPort,
            () -> socket.supportedOptions().size());
    List<String> answers = new ArrayList<>();
    for (Callable<Object> call : calls) {
      try {
        answers.add(call.call().toString());
      } catch (Exception e) {
        answers.add(e.toString());
      }
    }
    return answers;
  }

  /** The JDK knows one thread that writes, for a close to wake. */
  @Test
  @ExtendWith(StoppedTimer.InTest.class)
  void aWriterWaitsUntilTheThreadThatConnectsHasLeftTheDescriptor() throws Exception {
    hosts.lab().wire().delay(Duration.ofMillis(100));
    Socket socket = connected(SocketLab.factory());
    JdkSockets jdk = Objects.requireNonNull(JdkSockets.ACCESS);
    Running reader = start(socket, BehindAnotherThreadsHandshakeTest::read);
    assertThat(awaitSyn().payload()).isEmpty();
    Running writer;
    synchronized (jdk.stateLock(Objects.requireNonNull(jdk.nioBehind(socket)))) {
      await().until(() -> reader.thread().getState() == Thread.State.BLOCKED);
      writer = start(socket, BehindAnotherThreadsHandshakeTest::write).awaitParked();
      assertThat(writer.thread().getState()).isNotEqualTo(Thread.State.BLOCKED);
    }
    assertThat(writer.result()).isNull();
    socket.close();
    assertThat(reader.result()).hasMessage("Socket closed");
    assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo(WRITTEN);
  }

  /**
   * The timer sends the SYN of a socket that is not used. It is made to wait there for the lock of
   * the socket's state, and goes on when the close has returned.
   */
  @Test
  @ResourceLock(StoppedTimer.NAME)
  void aCloseWhileTheTimerSendsTheSynMakesTheConnection() throws Exception {
    hosts.lab().wire().delay(Duration.ofMillis(100));
    hosts.onClient(
        () -> {
          Socket socket = SocketLab.factory().createSocket();
          JdkSockets jdk = Objects.requireNonNull(JdkSockets.ACCESS);
          synchronized (jdk.stateLock(Objects.requireNonNull(jdk.nioBehind(socket)))) {
            socket.connect(server);
            long closing = Thread.currentThread().getId();
            await().until(() -> isBlocked("io.tfo timer", closing));
            socket.close();
          }
          return null;
        });
    assertThat(received.poll(10, TimeUnit.SECONDS)).isEmpty();
  }

  private static boolean isBlocked(String name, long blocking) {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    return Stream.of(threads.getThreadInfo(threads.getAllThreadIds()))
        .filter(Objects::nonNull)
        .filter(each -> each.getThreadName().equals(name))
        .anyMatch(each -> each.getLockOwnerId() == blocking);
  }

  private Running startOnClient(Socket socket, Use use) throws Exception {
    return hosts.onClient(() -> start(socket, use));
  }

  private interface Closing {
    void close() throws IOException;
  }

  /** How often this thread waits in a close: for a lock, a monitor or another thread. */
  private static long waitsOf(Closing closing) throws IOException {
    long before = waits();
    closing.close();
    return waits() - before;
  }

  private static long waits() {
    ThreadInfo here =
        ManagementFactory.getThreadMXBean().getThreadInfo(Thread.currentThread().getId());
    return here.getWaitedCount() + here.getBlockedCount();
  }

  /** The JDK's sockets ignore an interrupt. */
  @Test
  @ExtendWith(StoppedTimer.InTest.class)
  void anInterruptOfAReaderIsKept() throws Exception {
    hosts.lab().wire().fault(Faults.cut());
    Socket socket = connected(SocketLab.factory());
    Running writer = start(socket, BehindAnotherThreadsHandshakeTest::write);
    awaitSyn();
    AtomicBoolean isKept = new AtomicBoolean();
    Running reader =
        start(
                socket,
                each -> {
                  try {
                    read(each);
                  } finally {
                    isKept.set(Thread.currentThread().isInterrupted());
                  }
                })
            .awaitParked();
    reader.thread().interrupt();
    await().until(() -> !reader.thread().isInterrupted()); // it has woken, and waits again
    assertThat(reader.failure().isDone()).isFalse();
    socket.close();
    assertThat(reader.result()).hasMessage("Socket closed");
    assertThat(isKept).isTrue();
    assertThat(writer.result()).hasMessage("Socket closed");
  }

  @Test
  @ExtendWith(StoppedTimer.InTest.class)
  @EnabledForJreRange(min = JRE.JAVA_21)
  void anInterruptEndsAVirtualReaderAsOnThePlainSocket() throws Exception {
    Throwable plain = interruptedRead(connected(SocketFactory.getDefault()));
    assertThat(received.poll(10, TimeUnit.SECONDS)).isEmpty();
    hosts.lab().wire().fault(Faults.cut());
    hosts.lab().wire().forget();
    Socket socket = connected(SocketLab.factory());
    Running writer = start(socket, BehindAnotherThreadsHandshakeTest::write);
    awaitSyn();
    Throwable ours = interruptedRead(socket);
    assertThat(ours)
        .isExactlyInstanceOf(plain.getClass())
        .isExactlyInstanceOf(SocketException.class)
        .hasMessage(plain.getMessage());
    assertThat(writer.result()).hasMessage("Socket closed");
  }

  private static Throwable interruptedRead(Socket socket) throws Exception {
    Running reader = startVirtual(socket, BehindAnotherThreadsHandshakeTest::read).awaitParked();
    reader.thread().interrupt();
    Throwable failure = reader.result();
    assertThat(socket.isClosed()).isTrue();
    return failure;
  }
}
