package io.tfo.integration.nio;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.lab.Lab;
import io.tfo.lab.test.Labs;
import io.tfo.spi.SelectorProviderSupport;
import io.tfo.spi.SocketChannelOpener;
import java.net.InetAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Compares {@link SocketChannel}s, state by state and call by call. The JDK's channel and one whose
 * connects are deferred do the same, or throw the same exception, and their servers see the same.
 */
@Timeout(300)
class ChannelBehaviourTest {
  /**
   * The difference that remains, with its reason in docs/channels.md: Here the system answers the
   * JDK's SYN within the call of connect. On a network, the answer most often comes after the
   * close.
   */
  private static final String CLOSED_WITHOUT_A_SYN =
      ChannelState.CLOSED_PENDING + ", " + ChannelCall.PEER_SEES_THE_END_WITHOUT_DATA + ":";

  private static final Duration FIRST_WRITE = Duration.ofMillis(20);

  private static final SocketChannelOpener PLAIN = family -> SocketChannel.open();

  @ParameterizedTest
  @ValueSource(strings = {BehaviourTable.ON, "2"})
  void channelsBehaveAsTheJdks(String fastOpen) throws Exception {
    compare(fastOpen, Thread::new);
  }

  @Test
  @EnabledForJreRange(min = JRE.JAVA_21)
  void channelsBehaveAsTheJdksOnVirtualThreads() throws Exception {
    Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
    compare(
        BehaviourTable.ON,
        (ThreadFactory)
            Class.forName("java.lang.Thread$Builder").getMethod("factory").invoke(builder));
  }

  private static void compare(String fastOpen, ThreadFactory threads) throws Exception {
    try (Lab lab = Labs.unrecorded()) {
      lab.client().sysctl("net.ipv4.tcp_fastopen", fastOpen);
      List<String> differences =
          differences(
              lab, threads, () -> ServerSide.listen(InetAddress.getLoopbackAddress()), FIRST_WRITE);
      assertThat(differences).allMatch(each -> each.startsWith(CLOSED_WITHOUT_A_SYN));
      if (fastOpen.equals(BehaviourTable.ON)) {
        assertThat(lab.client().counter("TCPFastOpenActive")).isPositive();
      }
    }
  }

  /**
   * Compares every call in every state.
   *
   * @param threads create the threads that call
   * @param listen opens a server's listener
   * @param firstWrite how long a SYN waits for the first write
   */
  static List<String> differences(
      Lab lab, ThreadFactory threads, Callable<ServerSocketChannel> listen, Duration firstWrite)
      throws Exception {
    SocketChannelOpener ours =
        ((SelectorProviderSupport) BehaviourTable.linuxConnect())
            .deferringChannels(SelectorProvider.provider(), to -> true, firstWrite)
            .orElseThrow();
    return BehaviourTable.differences(
        ChannelState.values(),
        ChannelCall.values(),
        (state, call) -> outcome(lab, threads, listen, PLAIN, state, call),
        (state, call) -> outcome(lab, threads, listen, ours, state, call));
  }

  /**
   * Makes a call on a new thread. A thread of the lab's host starts it, so it is on that host, too.
   */
  private static String outcome(
      Lab lab,
      ThreadFactory threads,
      Callable<ServerSocketChannel> listen,
      SocketChannelOpener opener,
      ChannelState state,
      ChannelCall call)
      throws Exception {
    return lab.client()
        .call(
            () -> {
              try (ChannelPair pair = new ChannelPair(opener, listen.call())) {
                state.reach(pair);
                FutureTask<String> task = new FutureTask<>(() -> call.on(pair));
                threads.newThread(task).start();
                return task.get(30, TimeUnit.SECONDS);
              } catch (Exception e) {
                return "cannot be tried: " + e;
              }
            });
  }
}
