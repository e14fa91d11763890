package io.tfo.integration.nio;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.lab.Lab;
import io.tfo.lab.test.Labs;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The table of {@link ChannelBehaviourTest} over a wire, where calls come before the answer to the
 * SYN. The differences are listed in docs/channels.md.
 */
@Timeout(900)
class ChannelBehaviourSoakTest {
  private static final Duration DELAY = Duration.ofMillis(10);

  /** No timer sends a SYN in between. */
  private static final Duration FIRST_WRITE = Duration.ofSeconds(30);

  /** The documented differences: a state, and a call that differs in it. */
  private static final List<String> DOCUMENTED =
      List.of(
          // A deferred connect can be finished at once. A call that ends a connection tries that.
          "PENDING, (FINISH_CONNECT|SHUTDOWN_\\w+): .*",
          "CLOSED_PENDING, PEER_SEES_THE_END_WITHOUT_DATA: .*",
          // After the first write, a write takes nothing before the answer.
          "\\w+, (WRITE|GATHER): plain 5; .* ours 0; .*",
          // A shutdown is carried out at the answer.
          "INPUT_SHUT\\w*, SELECT_\\w+: .*",
          "OUTPUT_SHUT\\w*, TRANSFER: plain java.io.IOException; .*"
              + " ours java.nio.channels.AsynchronousCloseException; .*",
          // The peer's end or reset is still on its way: it is chance whether a call that sends,
          // receives or waits sees it. The channel is in the same state afterwards,
          "PEER_(ENDED|RESET), (SELECT_\\w+|FINISH_CONNECT_AFTER_SELECT|WRITE|GATHER|READ|SCATTER"
              + "|TALK|TRANSFER|CONFIGURE_BLOCKING_AND_TALK|BLOCKING_READ_\\w+|SHUTDOWN_\\w+"
              + "|CLOSE\\w*): plain [^;]*(?<state>; .*); ours [^;]*\\k<state>",
          // unless a write fails before the close or the shutdown.
          "PEER_RESET, PEER_SEES_\\w+: plain [\\w.]+Exception; .* ours [\\w.]+Exception; .*");

  @Test
  void channelsBehaveAsTheJdksBeforeTheAnswer() throws Exception {
    try (Lab lab = Labs.twoHosts()) {
      lab.client().sysctl("net.ipv4.tcp_fastopen", BehaviourTable.ON);
      lab.server().sysctl("net.ipv4.tcp_fastopen", BehaviourTable.ON);
      lab.wire().delay(DELAY);
      List<String> differences =
          ChannelBehaviourTest.differences(
              lab,
              Thread::new,
              () -> lab.server().call(() -> ServerSide.listen(lab.server().ipv4())),
              FIRST_WRITE);
      assertThat(differences)
          .allMatch(difference -> DOCUMENTED.stream().anyMatch(difference::matches));
      assertThat(lab.client().counter("TCPFastOpenActive")).isGreaterThan(100);
    }
  }
}
