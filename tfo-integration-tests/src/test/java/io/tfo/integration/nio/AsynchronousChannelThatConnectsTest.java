package io.tfo.integration.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfo.lab.Lab;
import io.tfo.lab.Segment;
import io.tfo.lab.test.Labs;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.NotYetConnectedException;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * An asynchronous channel is used while {@code connect} goes on. The JDK's channel below it is
 * connected then, since the kernel has deferred the connect. The program's is not.
 */
@Timeout(60)
@ExtendWith(AsynchronousProviderJvm.class)
class AsynchronousChannelThatConnectsTest {
  private static final AtomicInteger NEXT_PORT = new AtomicInteger(8500);
  private static final byte[] DATA = {1, 2, 3, 4, 5};
  private static final Duration DELAY = Duration.ofMillis(200);
  private static final int SOON_SECONDS = 20;

  private final int port = NEXT_PORT.getAndAdd(2);

  private Lab lab;
  private AsynchronousServerSocketChannel listener;
  private HookedExecutor executor;
  private AsynchronousChannelGroup group;

  /** What a program does with a channel. */
  enum Use {
    WRITE(channel -> channel.write(data())),
    WRITE_WITH_HANDLER(channel -> channel.write(data(), "", new HandlerResult<>())),
    GATHERING_WRITE(
        channel ->
            channel.write(
                new ByteBuffer[] {data()}, 0, 1, 0, TimeUnit.SECONDS, "", new HandlerResult<>())),
    READ(channel -> channel.read(data())),
    READ_WITH_HANDLER(channel -> channel.read(data(), "", new HandlerResult<>())),
    SCATTERING_READ(
        channel ->
            channel.read(
                new ByteBuffer[] {data()}, 0, 1, 0, TimeUnit.SECONDS, "", new HandlerResult<>())),
    SHUTDOWN_INPUT(AsynchronousSocketChannel::shutdownInput),
    SHUTDOWN_OUTPUT(AsynchronousSocketChannel::shutdownOutput);

    private interface Call {
      void on(AsynchronousSocketChannel channel) throws IOException;
    }

    private final Call call;

    Use(Call call) {
      this.call = call;
    }

    private static ByteBuffer data() {
      return ByteBuffer.wrap(DATA.clone());
    }
  }

  /** Receives the call of the program's handler from {@code connect}. */
  private static final class HookedExecutor extends ThreadPoolExecutor {
    private volatile Consumer<Runnable> hook;

    private HookedExecutor() {
      super(0, Integer.MAX_VALUE, 1, TimeUnit.SECONDS, new SynchronousQueue<>());
    }

    @Override
    public void execute(Runnable task) {
      Consumer<Runnable> once = hook;
      hook = null;
      if (once == null) {
        super.execute(task);
      } else {
        once.accept(task);
      }
    }
  }

  @BeforeEach
  void fetchACookie() throws Exception {
    lab = Labs.twoHosts();
    executor = new HookedExecutor();
    group = AsynchronousChannelGroup.withCachedThreadPool(executor, 1);
    listener = listen(port);
    try (AsynchronousSocketChannel channel = open()) {
      get(channel.connect(listener.getLocalAddress()));
      get(channel.write(ByteBuffer.wrap(DATA)));
      get(listener.accept()).close();
    }
    lab.wire().forget();
    lab.wire().delay(DELAY);
  }

  @AfterEach
  void close() throws Exception {
    if (lab != null) {
      group.shutdownNow();
      listener.close();
      lab.close();
    }
  }

  @ParameterizedTest
  @EnumSource
  void isNotConnectedForAnotherThread(Use use) throws Exception {
    try (AsynchronousSocketChannel channel = open()) {
      executor.hook =
          task -> {
            assertIsNotConnected(channel, use);
            executor.execute(task);
          };
      HandlerResult<Void> connected = new HandlerResult<>();
      channel.connect(listener.getLocalAddress(), "", connected);
      get(connected);
      assertIsUsable(channel, listener);
    }
  }

  /** The kernel has a cookie of the host; but whether this port answers is not known. */
  @ParameterizedTest
  @EnumSource
  void isNotConnectedBeforeTheAnswerThatTheConnectWaitsFor(Use use) throws Exception {
    try (AsynchronousServerSocketChannel unknown = listen(port + 1);
        AsynchronousSocketChannel channel = open()) {
      Runnable[] handler = {null};
      executor.hook = task -> handler[0] = task;
      HandlerResult<Void> connected = new HandlerResult<>();
      channel.connect(unknown.getLocalAddress(), "", connected);
      assertIsNotConnected(channel, use);
      executor.execute(handler[0]);
      get(connected);
      assertIsUsable(channel, unknown);
    }
  }

  @Test
  void isPendingForAnotherThreadThatConnects() throws Exception {
    try (AsynchronousSocketChannel channel = open()) {
      SocketAddress address = listener.getLocalAddress();
      executor.hook =
          task -> {
            assertThatThrownBy(() -> channel.connect(address))
                .isInstanceOf(ConnectionPendingException.class);
            executor.execute(task);
          };
      HandlerResult<Void> connected = new HandlerResult<>();
      channel.connect(address, "", connected);
      get(connected);
      assertIsUsable(channel, listener);
    }
  }

  @Test
  void isClosedByAnotherThreadWithoutASyn() throws Exception {
    AsynchronousSocketChannel channel = open();
    executor.hook =
        task -> {
          closeUnchecked(channel);
          executor.execute(task);
        };
    channel.connect(listener.getLocalAddress(), "", new HandlerResult<>());
    assertThat(channel.isOpen()).isFalse();
    try (AsynchronousSocketChannel next = open()) {
      get(next.connect(listener.getLocalAddress()));
      assertIsUsable(next, listener);
      assertThat(lab.wire().syns())
          .extracting(Segment::source)
          .containsOnly((InetSocketAddress) next.getLocalAddress());
    }
  }

  private static void closeUnchecked(AsynchronousSocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void assertIsNotConnected(AsynchronousSocketChannel channel, Use use) {
    assertThatThrownBy(() -> use.call.on(channel)).isInstanceOf(NotYetConnectedException.class);
    try {
      assertThat(channel.getRemoteAddress()).isNull();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private void assertIsUsable(
      AsynchronousSocketChannel channel, AsynchronousServerSocketChannel server) throws Exception {
    assertThat(channel.getRemoteAddress()).isEqualTo(server.getLocalAddress());
    assertThat(get(channel.write(ByteBuffer.wrap(DATA)))).isEqualTo(DATA.length);
    channel.shutdownOutput();
    try (AsynchronousSocketChannel accepted = get(server.accept())) {
      ByteBuffer received = ByteBuffer.allocate(100);
      while (get(accepted.read(received)) >= 0) {
        // Until the end.
      }
      assertThat(received.flip()).isEqualTo(ByteBuffer.wrap(DATA));
    }
  }

  private AsynchronousSocketChannel open() throws Exception {
    return lab.client().call(() -> AsynchronousSocketChannel.open(group));
  }

  private AsynchronousServerSocketChannel listen(int at) throws Exception {
    return lab.server()
        .call(
            () ->
                AsynchronousServerSocketChannel.open()
                    .bind(new InetSocketAddress(lab.server().ipv4(), at)));
  }

  private static <T> T get(Future<T> future) throws Exception {
    return future.get(SOON_SECONDS, TimeUnit.SECONDS);
  }
}
