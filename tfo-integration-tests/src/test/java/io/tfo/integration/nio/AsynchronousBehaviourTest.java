package io.tfo.integration.nio;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.lab.Lab;
import io.tfo.lab.test.Labs;
import io.tfo.spi.AsynchronousChannelOpener;
import io.tfo.spi.AsynchronousChannelSupport;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Compares {@link AsynchronousSocketChannel}s, state by state and call by call. The JDK's channel
 * and one whose connects are deferred have the same results and exceptions, and their servers see
 * the same.
 */
@Timeout(300)
class AsynchronousBehaviourTest {
  @Test
  void channelsBehaveAsTheJdks() throws Exception {
    compare(BehaviourTable.ON, 0);
  }

  /**
   * Compares every call in every state.
   *
   * @param threads how many threads the group has; 0 for the default group
   */
  static void compare(String fastOpen, int threads) throws Exception {
    try (Lab lab = Labs.unrecorded()) {
      lab.client().sysctl("net.ipv4.tcp_fastopen", fastOpen);
      AsynchronousChannelOpener ours = deferring();
      List<String> differences =
          BehaviourTable.differences(
              AsynchronousState.values(),
              AsynchronousCall.values(),
              (state, call) -> outcome(lab, AsynchronousSocketChannel::open, threads, state, call),
              (state, call) -> outcome(lab, ours, threads, state, call));
      assertThat(differences).isEmpty();
      if (fastOpen.equals(BehaviourTable.ON)) {
        assertThat(lab.client().counter("TCPFastOpenActive")).isGreaterThan(100);
      }
    }
  }

  private static AsynchronousChannelOpener deferring() {
    AsynchronousChannelProvider jdk = AsynchronousChannelProvider.provider();
    return ((AsynchronousChannelSupport) BehaviourTable.linuxConnect())
        .deferringAsynchronousChannels(jdk, jdk, to -> true, Duration.ofMillis(20))
        .orElseThrow();
  }

  private static String outcome(
      Lab lab,
      AsynchronousChannelOpener opener,
      int threads,
      AsynchronousState state,
      AsynchronousCall call)
      throws Exception {
    return lab.client()
        .call(
            () -> {
              try (AsynchronousPair pair = new AsynchronousPair(opener, threads)) {
                state.reach(pair);
                return call.on(pair);
              } catch (Exception e) {
                return "cannot be tried: " + e;
              }
            });
  }
}
