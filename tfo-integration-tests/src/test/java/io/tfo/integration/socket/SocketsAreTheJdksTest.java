package io.tfo.integration.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.tfo.integration.backends.BackendsUnderTest;
import io.tfo.jna.ClockedBackend;
import io.tfo.lab.Faults;
import io.tfo.socket.FastOpenServerSocketFactory;
import io.tfo.socket.FastOpenSocketFactory;
import io.tfo.spi.FastOpenBackend;
import io.tfo.test.ChildJvm;
import io.tfo.test.StoppedTimer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import javax.net.ServerSocketFactory;
import javax.net.SocketFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Behaviour that a socket over a channel gets wrong, and a socket of the JDK's own gets right. */
@Timeout(120)
class SocketsAreTheJdksTest {
  private static final String END = "end";
  private static final String RESET = "reset";

  private final BlockingQueue<Object> seen = new LinkedBlockingQueue<>();
  private SocketLab hosts;

  @BeforeEach
  void open() throws Exception {
    hosts = SocketLab.open();
  }

  @AfterEach
  void close() throws Exception {
    if (hosts != null) {
      hosts.close();
    }
  }

  private static SocketFactory clients(boolean ours) {
    return ours ? SocketLab.factory() : SocketFactory.getDefault();
  }

  /** A server to which this process has connected before: the kernel defers the next connect. */
  private InetSocketAddress known(SocketLab.Conversation conversation) throws Exception {
    return knownTo(clients(true), conversation);
  }

  private InetSocketAddress knownTo(SocketFactory clients, SocketLab.Conversation conversation)
      throws Exception {
    InetSocketAddress server = hosts.serve(conversation);
    hosts.onClient(
        () -> {
          try (Socket socket = connected(clients, server)) {
            socket.getOutputStream().write('k');
          }
          return true;
        });
    assertThat(seen.poll(10, TimeUnit.SECONDS)).isNotNull();
    hosts.lab().wire().forget();
    return server;
  }

  private static Socket connected(SocketFactory clients, InetSocketAddress server)
      throws IOException {
    Socket socket = clients.createSocket();
    socket.connect(server, 5000);
    return socket;
  }

  private static String howItEnds(InputStream in) {
    try {
      while (in.read() >= 0) {}
      return END;
    } catch (IOException e) {
      return RESET;
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aClientThatClosesWithUnreadInputEndsItsStream(boolean ours) throws Exception {
    InetSocketAddress server =
        known(
            socket -> {
              if (socket.getInputStream().read() == 'u') {
                socket.getOutputStream().write(new byte[100]);
              }
              seen.add(howItEnds(socket.getInputStream()));
            });
    Boolean unread =
        hosts.onClient(
            () -> {
              try (Socket socket = connected(clients(ours), server)) {
                socket.getOutputStream().write('u');
                return socket.getInputStream().read() == 0;
              }
            });
    assertThat(unread).isTrue();
    assertThat(seen.poll(10, TimeUnit.SECONDS)).isEqualTo(END);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aServerThatClosesWithUnreadInputEndsItsStream(boolean ours) throws Exception {
    ServerSocketFactory servers =
        ours ? FastOpenServerSocketFactory.system() : ServerSocketFactory.getDefault();
    ServerSocket listening =
        hosts.listen(() -> servers.createServerSocket(0, 50, hosts.lab().server().ipv4()));
    hosts.serve(listening, socket -> socket.getInputStream().read());
    String end =
        hosts.onClient(
            () -> {
              try (Socket socket =
                  new Socket(hosts.lab().server().ipv4(), listening.getLocalPort())) {
                socket.getOutputStream().write(new byte[100]);
                return howItEnds(socket.getInputStream());
              }
            });
    assertThat(end).isEqualTo(END);
  }

  @Test
  void firstWritesOfTwoThreadsAreNotTorn() throws Exception {
    int length = 20_000;
    InetSocketAddress server = known(socket -> seen.add(socket.getInputStream().readAllBytes()));
    for (int round = 0; round < 50; round++) {
      Socket socket = hosts.onClient(() -> connected(clients(true), server));
      List<Future<Boolean>> writers = new ArrayList<>();
      for (byte letter : new byte[] {'a', 'b'}) {
        byte[] block = new byte[length];
        Arrays.fill(block, letter);
        writers.add(
            hosts
                .lab()
                .client()
                .start(
                    () -> {
                      socket.getOutputStream().write(block);
                      return true;
                    }));
      }
      for (Future<Boolean> writer : writers) {
        assertThat(writer.get(10, TimeUnit.SECONDS)).isTrue();
      }
      socket.close();
      byte[] got = (byte[]) seen.poll(10, TimeUnit.SECONDS);
      assertThat(got).hasSize(2 * length);
      assertThat(IntStream.range(1, got.length).filter(i -> got[i] != got[i - 1]).toArray())
          .as("where the letter changes")
          .containsExactly(length);
    }
  }

  /** The clock stands still: the reader leaves the SYN to the writer for 20 milliseconds only. */
  @Test
  @ExtendWith(StoppedTimer.InTest.class)
  void aReaderThatStartsFirstLeavesTheSynToTheWriter() throws Exception {
    FastOpenBackend backend = BackendsUnderTest.ALL.get("linux-connect").get();
    SocketFactory clients = FastOpenSocketFactory.over(ClockedBackend.stopped(backend).connector());
    InetSocketAddress server =
        knownTo(
            clients,
            socket -> {
              seen.add(socket.getInputStream().read());
              socket.getOutputStream().write('r');
            });
    try (Socket socket = hosts.onClient(() -> connected(clients, server))) {
      CompletableFuture<Thread> reader = new CompletableFuture<>();
      Future<Integer> reply =
          hosts
              .lab()
              .client()
              .start(
                  () -> {
                    reader.complete(Thread.currentThread());
                    return socket.getInputStream().read();
                  });
      Thread reading = reader.get(10, TimeUnit.SECONDS);
      long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
      while (reading.getState() == Thread.State.RUNNABLE) { // as in the system's call, too
        assertThat(System.nanoTime() - deadline).as("it waits for a writer").isNegative();
        Thread.onSpinWait();
      }
      socket.getOutputStream().write('w');
      assertThat(reply.get(10, TimeUnit.SECONDS)).isEqualTo('r');
    }
    assertThat(seen.poll(10, TimeUnit.SECONDS)).isEqualTo((int) 'w');
    assertThat(hosts.lab().wire().syns())
        .singleElement()
        .satisfies(syn -> assertThat(syn.payload()).containsExactly('w'));
  }

  @Test
  @ExtendWith(StoppedTimer.InTest.class)
  void aReadDuringAnotherThreadsHandshakeHasItsOwnTimeout() throws Exception {
    InetSocketAddress server = known(socket -> seen.add(socket.getInputStream().readAllBytes()));
    hosts.lab().wire().fault(Faults.cut());
    Socket socket = hosts.onClient(() -> connected(clients(true), server));
    socket.setSoTimeout(200);
    Future<Throwable> writer =
        hosts.lab().client().start(() -> catchThrowable(() -> socket.getOutputStream().write(1)));
    hosts.lab().wire().await(Faults::hasData);
    long start = System.nanoTime();
    assertThatThrownBy(() -> socket.getInputStream().read())
        .isExactlyInstanceOf(SocketTimeoutException.class)
        .hasMessage("Read timed out");
    assertThat(socket.getLocalPort()).isPositive();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(4));
    assertThat(writer.isDone()).isFalse();
    socket.close();
    assertThat(writer.get(10, TimeUnit.SECONDS)).hasMessage("Socket closed");
  }

  @Test
  void aSocketThatIsDroppedIsClosedByTheCollector() throws Exception {
    InetSocketAddress server = known(socket -> seen.add(howItEnds(socket.getInputStream())));
    hosts.onClient(
        () -> {
          connected(clients(true), server).getOutputStream().write(1);
          return true;
        });
    Object end = null;
    for (int i = 0; i < 100 && end == null; i++) {
      System.gc();
      end = seen.poll(100, TimeUnit.MILLISECONDS);
    }
    assertThat(end).isNotNull();
  }

  @Test
  void threadsThatAcceptEachHaveTheirOwnTimeout() throws Exception {
    int threads = 30;
    try (ServerSocket server = FastOpenServerSocketFactory.system().createServerSocket(0)) {
      server.setSoTimeout(300);
      long start = System.nanoTime();
      List<Future<Throwable>> accepting = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        accepting.add(hosts.lab().server().start(() -> catchThrowable(server::accept)));
      }
      for (Future<Throwable> each : accepting) {
        assertThat(each.get(10, TimeUnit.SECONDS))
            .isExactlyInstanceOf(SocketTimeoutException.class);
      }
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .as("one after the other they would take %s times as long as one", threads)
          .isLessThan(Duration.ofMillis(threads * 300L));
    }
  }

  @Test
  void aServerSocketHasTheOptionsOfAPlainOne() throws Exception {
    try (ServerSocket ours = FastOpenServerSocketFactory.system().createServerSocket(0);
        ServerSocket plain = new ServerSocket(0)) {
      assertThat(ours.supportedOptions()).isEqualTo(plain.supportedOptions());
    }
  }

  @Test
  void largeArraysNeedNoLargeDirectMemory() throws Exception {
    ChildJvm child =
        ChildJvm.java(
            List.of(
                "-XX:MaxDirectMemorySize=64m",
                "-cp",
                ChildJvm.classPath(),
                LargeArrays.class.getName()));
    assertThat(child.output()).contains("wrote and read 100 MB");
  }

  /** The program of {@link #largeArraysNeedNoLargeDirectMemory}. */
  static final class LargeArrays {
    private static final int SIZE = 100_000_000;

    private LargeArrays() {}

    public static void main(String[] args) throws Exception {
      InetAddress loopback = InetAddress.getLoopbackAddress();
      try (ServerSocket server =
              FastOpenServerSocketFactory.system().createServerSocket(0, 5, loopback);
          Socket client = SocketLab.factory().createSocket(loopback, server.getLocalPort());
          Socket accepted = server.accept()) {
        Thread writer = new Thread(() -> write(accepted));
        writer.start();
        byte[] got = new byte[SIZE];
        int length = client.getInputStream().readNBytes(got, 0, SIZE);
        writer.join();
        System.out.printf("wrote and read %d MB%n", length / 1_000_000);
      }
    }

    private static void write(Socket socket) {
      try (OutputStream out = socket.getOutputStream()) {
        out.write(new byte[SIZE]);
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
