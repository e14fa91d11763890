package io.tfo.integration.nio;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenBackends;
import io.tfo.lab.Lab;
import io.tfo.lab.test.Labs;
import io.tfo.spi.AsynchronousChannelOpener;
import io.tfo.spi.AsynchronousChannelSupport;
import io.tfo.spi.FastOpenBackend;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The table of what an {@link AsynchronousSocketChannel} does, state by state and call by call: the
 * JDK's and one whose connects are deferred have the same results and exceptions, and their servers
 * see the same.
 */
@Timeout(300)
class AsynchronousBehaviourTest {
  /** Client and server, and every listener accepts: 0x1, 0x2 and 0x400. */
  static final String ON = "1027";

  @Test
  void channelsBehaveAsTheJdks() throws Exception {
    compare(ON, 0);
  }

  /**
   * Compares all.
   *
   * @param threads how many threads the group has; 0 for the default group
   */
  static void compare(String fastOpen, int threads) throws Exception {
    try (Lab lab = Labs.loopback()) {
      lab.client().sysctl("net.ipv4.tcp_fastopen", fastOpen);
      AsynchronousChannelOpener ours = deferring();
      List<String> differences = new ArrayList<>();
      int compared = 0;
      for (AsynchronousState state : AsynchronousState.values()) {
        for (AsynchronousCall call : AsynchronousCall.values()) {
          String plain = outcome(lab, AsynchronousSocketChannel::open, threads, state, call);
          String outcome = outcome(lab, ours, threads, state, call);
          compared++;
          if (!outcome.equals(plain)) {
            differences.add("%s, %s: plain %s; ours %s".formatted(state, call, plain, outcome));
          }
        }
      }
      assertThat(compared).isGreaterThan(500);
      assertThat(differences).isEmpty();
      if (fastOpen.equals(ON)) {
        assertThat(lab.client().counter("TCPFastOpenActive")).isGreaterThan(100);
      }
    }
  }

  private static AsynchronousChannelOpener deferring() {
    FastOpenBackend backend =
        ServiceLoader.load(FastOpenBackend.class, FastOpenBackends.class.getClassLoader()).stream()
            .map(ServiceLoader.Provider::get)
            .filter(each -> each.name().equals("linux-connect"))
            .findFirst()
            .orElseThrow();
    AsynchronousChannelProvider jdk = AsynchronousChannelProvider.provider();
    return ((AsynchronousChannelSupport) backend)
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
