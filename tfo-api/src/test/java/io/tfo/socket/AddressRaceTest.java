package io.tfo.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tfo.timer.DaemonTimer;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.ConnectException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AddressRaceTest {
  private static final Duration DELAY = Duration.ofMillis(250);

  /** The behaviour of an address. */
  private enum Peer {
    ANSWERS,
    REFUSES,
    /** Is silent until its socket is closed. */
    SILENT,
    /** Is silent until its socket is closed, but answers all the same: too late. */
    TOO_LATE
  }

  private final Queue<Attempt> attempts = new ConcurrentLinkedQueue<>();
  private final Queue<Thread> threads = new ConcurrentLinkedQueue<>();

  private final class Attempt extends Socket {
    private final CountDownLatch closed = new CountDownLatch(1);
    private final long began = System.nanoTime();
    private final Thread thread = Thread.currentThread();
    private volatile int port;
    private volatile int localPort = -1;

    @Override
    public void bind(SocketAddress local) {
      localPort = ((InetSocketAddress) local).getPort();
    }

    @Override
    public void connect(SocketAddress remote) throws IOException {
      port = ((InetSocketAddress) remote).getPort();
      Peer peer = peers.get(port);
      if (peer == Peer.REFUSES) {
        throw new ConnectException("refused " + port);
      }
      if (peer != Peer.ANSWERS) {
        try {
          closed.await();
        } catch (InterruptedException e) {
          throw new AssertionError(e);
        }
        if (peer == Peer.SILENT) {
          throw new SocketException("Socket closed");
        }
      }
    }

    @Override
    public void close() throws IOException {
      super.close();
      closed.countDown();
    }
  }

  private List<Peer> peers = List.of();
  private Racing.Timer timer = DaemonTimer::run;

  private Socket race(Executor executor, InetSocketAddress local, Peer... each) throws IOException {
    peers = List.of(each);
    List<InetSocketAddress> addresses = new ArrayList<>();
    for (int port = 0; port < each.length; port++) {
      addresses.add(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }
    return new AddressRace(addresses, this::attempt, local, how(executor)).run();
  }

  private Racing how(Executor executor) {
    return new Racing(InetAddress::getAllByName, timer, executor);
  }

  private Socket attempt() {
    Attempt attempt = new Attempt();
    attempts.add(attempt);
    return attempt;
  }

  private void onThread(Runnable task) {
    Thread thread = new Thread(task);
    threads.add(thread);
    thread.start();
  }

  /** All threads have ended, and all sockets but the winner are closed. */
  private void assertOver(Socket winner) throws InterruptedException {
    for (Thread thread : threads) {
      thread.join(Duration.ofSeconds(20).toMillis());
      assertThat(thread.isAlive()).isFalse();
    }
    assertThat(attempts).allSatisfy(each -> assertThat(each.isClosed()).isEqualTo(each != winner));
  }

  private static int port(Socket socket) {
    return ((Attempt) socket).port;
  }

  @Test
  void theFirstAddressThatAnswersIsConnectedToByTheCallerAlone() throws Exception {
    Socket socket = race(this::onThread, null, Peer.ANSWERS, Peer.ANSWERS);
    assertThat(attempts).containsExactly((Attempt) socket);
    assertThat(attempts.peek().thread).isEqualTo(Thread.currentThread());
    assertOver(socket);
  }

  @Test
  void theNextAddressIsTriedAtOnceWhereOneFails() throws Exception {
    Socket socket = race(this::onThread, null, Peer.REFUSES, Peer.REFUSES, Peer.ANSWERS);
    assertThat(port(socket)).isEqualTo(2);
    assertThat(attempts).extracting(each -> each.thread).containsOnly(Thread.currentThread());
    assertOver(socket);
  }

  @Test
  void oneMoreIsTriedEveryQuarterOfASecondWhileOneIsSilent() throws Exception {
    long began = System.nanoTime();
    Socket socket = race(this::onThread, null, Peer.SILENT, Peer.SILENT, Peer.ANSWERS);
    assertThat(port(socket)).isEqualTo(2);
    List<Attempt> all = List.copyOf(attempts);
    assertThat(all).extracting(each -> each.port).containsExactly(0, 1, 2);
    // Counted from the race's begin: an attempt may begin late, which delays no other.
    for (int i = 1; i < all.size(); i++) {
      assertThat(Duration.ofNanos(all.get(i).began - began))
          .isGreaterThanOrEqualTo(DELAY.multipliedBy(i).minusMillis(1));
    }
    assertThat(threads).hasSize(2);
    assertOver(socket);
  }

  @Test
  void aThreadThatJoinedTriesTheNextAtOnceWhereOneFails() throws Exception {
    Socket socket = race(this::onThread, null, Peer.SILENT, Peer.REFUSES, Peer.ANSWERS);
    assertThat(port(socket)).isEqualTo(2);
    assertThat(threads).hasSize(1);
    assertOver(socket);
  }

  @Test
  void oneAddressIsTriedAfterTheOtherWhereTheProcessCanHaveNoFurtherThread() throws Exception {
    timer =
        (task, delay) -> {
          throw new OutOfMemoryError("unable to create native thread");
        };
    Socket socket = race(this::onThread, null, Peer.REFUSES, Peer.REFUSES, Peer.ANSWERS);
    assertThat(port(socket)).isEqualTo(2);
    assertThat(threads).isEmpty();
    assertOver(socket);
  }

  @Test
  void whatAnswersTooLateIsClosed() throws Exception {
    Socket socket = race(this::onThread, null, Peer.TOO_LATE, Peer.ANSWERS);
    assertThat(port(socket)).isEqualTo(1);
    assertOver(socket);
  }

  @Test
  void theTimerKeepsNothingOfARaceThatIsOver() throws Exception {
    List<Runnable> kept = new ArrayList<>();
    timer = (task, delay) -> kept.add(task);

    WeakReference<Socket> winner =
        new WeakReference<>(race(this::onThread, null, Peer.REFUSES, Peer.ANSWERS, Peer.ANSWERS));
    WeakReference<Socket> loser = new WeakReference<>(attempts.peek());
    attempts.clear();

    await(
        () -> {
          System.gc();
          return winner.refersTo(null) && loser.refersTo(null);
        });
    assertThat(kept).as("of the first and the second address").hasSize(2);
    kept.forEach(Runnable::run);
    assertThat(attempts).isEmpty();
    assertThat(threads).isEmpty();
  }

  @Test
  void theFirstAddressesExceptionIsThrownWithTheOthersSuppressed() throws Exception {
    Throwable thrown =
        catchThrowable(() -> race(this::onThread, null, Peer.REFUSES, Peer.REFUSES, Peer.REFUSES));
    assertThat(thrown).isExactlyInstanceOf(ConnectException.class).hasMessage("refused 0");
    assertThat(thrown.getSuppressed())
        .extracting(Throwable::getMessage)
        .containsExactly("refused 1", "refused 2");
    assertOver(null);
  }

  @Test
  void aLocalPortHasOneSocketAtATime() throws Exception {
    InetSocketAddress local = new InetSocketAddress(4711);
    Socket socket = race(this::onThread, local, Peer.REFUSES, Peer.ANSWERS);
    assertThat(port(socket)).isEqualTo(1);
    assertThat(attempts).extracting(each -> each.localPort).containsOnly(4711);

    attempts.clear();
    CompletableFuture<Socket> waiting = new CompletableFuture<>();
    onThread(
        () -> {
          try {
            waiting.complete(race(this::onThread, local, Peer.TOO_LATE, Peer.ANSWERS));
          } catch (IOException e) {
            waiting.completeExceptionally(e);
          }
        });
    await(() -> !attempts.isEmpty());
    assertThatThrownBy(() -> waiting.get(2 * DELAY.toMillis(), TimeUnit.MILLISECONDS))
        .isInstanceOf(TimeoutException.class);
    assertThat(attempts).hasSize(1);
    attempts.peek().close();
    assertThat(port(waiting.get(20, TimeUnit.SECONDS))).isZero();
  }

  @Test
  void anInterruptOfAPlatformThreadIsKeptForLater() throws Exception {
    Thread.currentThread().interrupt();
    Socket socket = race(this::onThread, null, Peer.REFUSES, Peer.ANSWERS);
    assertThat(Thread.interrupted()).isTrue();
    assertOver(socket);
  }

  @Test
  void anInterruptOfAVirtualThreadThatWaitsEndsTheRace() throws Exception {
    assumeTrue(Runtime.version().feature() >= 21, "no virtual threads before JDK 21");
    CompletableFuture<Throwable> thrown = new CompletableFuture<>();
    CountDownLatch refuses = new CountDownLatch(1);
    Runnable run =
        () ->
            thrown.complete(
                catchThrowable(
                    () -> {
                      List<InetSocketAddress> two =
                          List.of(new InetSocketAddress(0), new InetSocketAddress(1));
                      peers = List.of(Peer.REFUSES, Peer.SILENT);
                      SocketCreation creation =
                          () -> {
                            Socket attempt = attempt();
                            if (attempts.size() == 1) {
                              waitFor(refuses); // until the other has begun
                            }
                            return attempt;
                          };
                      var unused = new AddressRace(two, creation, null, how(this::onThread)).run();
                    }));
    Thread virtual =
        (Thread) Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, run);
    await(() -> attempts.size() == 2);
    refuses.countDown();
    await(() -> attempts.peek().isClosed());
    virtual.interrupt();
    assertThat(thrown.get(20, TimeUnit.SECONDS))
        .isExactlyInstanceOf(SocketException.class)
        .hasMessage("Closed by interrupt");
    assertOver(null);
  }

  private static void waitFor(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void theFamiliesAlternateThatOfTheFirstAddressFirst() throws Exception {
    assertThat(interleaved("::1", "::2", "::3", "10.0.0.1", "10.0.0.2"))
        .isEqualTo(addresses("::1", "10.0.0.1", "::2", "10.0.0.2", "::3"));
    assertThat(interleaved("10.0.0.1", "10.0.0.2", "::1", "10.0.0.3"))
        .isEqualTo(addresses("10.0.0.1", "::1", "10.0.0.2", "10.0.0.3"));
    assertThat(interleaved("10.0.0.1")).isEqualTo(addresses("10.0.0.1"));
  }

  private static List<InetAddress> interleaved(String... literals) throws Exception {
    return AddressRace.interleaved(addresses(literals).toArray(InetAddress[]::new));
  }

  private static List<InetAddress> addresses(String... literals) throws Exception {
    List<InetAddress> addresses = new ArrayList<>();
    for (String literal : literals) {
      addresses.add(InetAddress.getByName(literal));
    }
    return addresses;
  }

  @Test
  void aFactoryRacesTheAddressesOfANameOnly() throws Exception {
    Racing.Resolver resolver =
        host -> {
          if (!host.equals("two.test")) {
            throw new UnknownHostException(host);
          }
          return new InetAddress[] {
            InetAddress.getByName("127.0.0.1"), InetAddress.getByName("127.0.0.2")
          };
        };
    FastOpenSocketFactory factory =
        FastOpenSocketFactory.system().racing(new Racing(resolver, timer, this::onThread));
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.2"));
        Socket socket = factory.createSocket("two.test", server.getLocalPort());
        Socket from =
            factory.createSocket(
                "two.test", server.getLocalPort(), InetAddress.getByName("127.0.0.3"), 0)) {
      assertThat(socket.getInetAddress()).isEqualTo(server.getInetAddress());
      assertThat(from.getLocalAddress()).isInstanceOf(Inet4Address.class);
      assertThatThrownBy(() -> factory.createSocket("one.invalid", 1))
          .isInstanceOf(UnknownHostException.class)
          .hasMessage("one.invalid");
      assertThatThrownBy(
              () -> factory.createSocket(InetAddress.getByName("127.0.0.1"), server.getLocalPort()))
          .isInstanceOf(ConnectException.class);
    }
  }

  private static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      Thread.onSpinWait();
    }
  }
}
