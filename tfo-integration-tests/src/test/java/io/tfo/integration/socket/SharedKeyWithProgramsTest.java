package io.tfo.integration.socket;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenConnector;
import io.tfo.FastOpenKeys;
import io.tfo.FastOpenListener;
import io.tfo.FastOpenOutcome;
import io.tfo.lab.Host;
import io.tfo.lab.Lab;
import io.tfo.lab.test.Labs;
import io.tfo.testkit.BackendLab;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Two servers with one address: our listener with a key, a web server with it by the sysctl. */
@Timeout(120)
class SharedKeyWithProgramsTest {
  private static final byte[] REQUEST = "GET / HTTP/1.0\r\n\r\n".getBytes(US_ASCII);
  private static final FastOpenKeys KEY = FastOpenKeys.parse("6136b459-a95c8ab7-31e02b58-76445eda");

  @TempDir private Path folder;

  /** The switch sends even ports to our listener, odd ones to the program. */
  private static FastOpenOutcome request(Lab lab, InetSocketAddress server, int localPort)
      throws Exception {
    FastOpenConnector connector = FastOpenConnector.system();
    return lab.client()
        .call(
            () -> {
              try (SocketChannel channel = SocketChannel.open()) {
                channel.bind(new InetSocketAddress(lab.client().ipv4(), localPort));
                connector.connect(channel, server, ByteBuffer.wrap(REQUEST));
                FastOpenOutcome outcome = connector.outcome(channel);
                channel.shutdownOutput();
                String answer =
                    new String(channel.socket().getInputStream().readAllBytes(), US_ASCII);
                assertThat(answer).contains(localPort % 2 == 0 ? "ours" : WebProgram.BODY);
                return outcome;
              }
            });
  }

  private static ServerSocketChannel serve(Host host, InetSocketAddress address) throws Exception {
    ServerSocketChannel listening =
        host.call(
            () ->
                FastOpenListener.system()
                    .withKeys(KEY)
                    .open(address, 50, FastOpenListener.FAST_OPEN_BACKLOG));
    host.start(
        () -> {
          while (true) {
            try (SocketChannel accepted = listening.accept()) {
              accepted.socket().getInputStream().readAllBytes();
              accepted.write(ByteBuffer.wrap("ours".getBytes(US_ASCII)));
            }
          }
        });
    return listening;
  }

  @ParameterizedTest
  @EnumSource
  void eachAcceptsTheCookieOfTheOther(WebProgram web) throws Exception {
    try (Lab lab = Labs.fleet(2, end -> end.getPort() % 2)) {
      Host ours = lab.servers().get(0);
      Host theirs = lab.servers().get(1);
      theirs.sysctl("net.ipv4.tcp_fastopen_key", KEY.toSysctl());
      InetSocketAddress address = new InetSocketAddress(ours.ipv4(), BackendLab.newPort());
      try (HostProgram program = web.start(theirs, address, folder);
          ServerSocketChannel listening = serve(ours, address)) {
        assertThat(program.isRunning() && listening.isOpen()).isTrue();
        assertThat(request(lab, address, 22_000)).isEqualTo(FastOpenOutcome.COOKIE_REQUESTED);
        assertThat(request(lab, address, 22_001)).isEqualTo(FastOpenOutcome.SYN_DATA_ACKED);
        assertThat(request(lab, address, 22_002)).isEqualTo(FastOpenOutcome.SYN_DATA_ACKED);
        theirs.sysctl("net.ipv4.tcp_fastopen_key", "1-2-3-4");
        assertThat(request(lab, address, 22_003)).isEqualTo(FastOpenOutcome.SYN_DATA_NOT_ACKED);
        assertThat(request(lab, address, 22_004)).isEqualTo(FastOpenOutcome.SYN_DATA_NOT_ACKED);
      }
    }
  }
}
