package io.tfo.integration.observing;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.integration.observing.ObservedDropIn.Client;
import io.tfo.integration.socket.SocketLab;
import io.tfo.test.StoppedTimer;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The lines that {@code java.util.logging} gets for connections, compared with the kernel's
 * counters.
 */
@Timeout(60)
class DecisionLogTest {
  private final Logger connects = Logger.getLogger("io.tfo.connect");
  private final Logger accepts = Logger.getLogger("io.tfo.accept");
  private final Lines lines = new Lines();
  private SocketLab hosts;
  private InetSocketAddress server;

  private static final class Lines extends Handler {
    private final List<String> lines = new CopyOnWriteArrayList<>();

    @Override
    public void publish(LogRecord record) {
      lines.add(record.getLoggerName() + " " + record.getMessage());
    }

    List<String> of(Logger logger) {
      return lines.stream().filter(each -> each.startsWith(logger.getName())).toList();
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  @BeforeEach
  void open() throws Exception {
    hosts = SocketLab.open();
    server = hosts.serve(ObservedDropIn::reply);
    lines.setLevel(Level.ALL);
    for (Logger logger : List.of(connects, accepts)) {
      logger.addHandler(lines);
      logger.setUseParentHandlers(false);
    }
  }

  @AfterEach
  void close() throws Exception {
    for (Logger logger : List.of(connects, accepts)) {
      logger.removeHandler(lines);
      logger.setUseParentHandlers(true);
      logger.setLevel(null);
    }
    if (hosts != null) {
      hosts.close();
    }
  }

  /** The SYN waits for the first write, however long a busy machine takes. */
  private void exchangeTwice(ObservedDropIn dropIn) throws Exception {
    Client client = dropIn.over(ObservedDropIn.freshBackend());
    StoppedTimer.during(
        () ->
            hosts.onClient(
                () -> {
                  client.exchange(server);
                  client.exchange(server);
                  return null;
                }));
    assertThat(hosts.lab().client().counter("TCPFastOpenActive")).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource
  void hasEachConnectInALineAtDebug(ObservedDropIn dropIn) throws Exception {
    connects.setLevel(Level.FINE);
    accepts.setLevel(Level.FINE);
    exchangeTwice(dropIn);

    String begin =
        "io.tfo.connect %s:%d by %s (linux-connect): "
            .formatted(server.getAddress().getHostAddress(), server.getPort(), dropIn.label);
    String data = dropIn.isChannel() ? "with data in the SYN" : "8 bytes in the SYN";
    assertThat(lines.of(connects)).hasSize(2);
    assertThat(lines.of(connects).get(0))
        .matches("\\Q" + begin + "\\Eno data in the SYN, COOKIE_REQUESTED, \\d+ ms");
    assertThat(lines.of(connects).get(1))
        .matches("\\Q" + begin + data + "\\E, SYN_DATA_ACKED, \\d+ ms");
    assertThat(lines.of(accepts)).hasSize(2);
    assertThat(lines.of(accepts).get(1)).endsWith(": SYN_DATA_ACKED");
  }

  @ParameterizedTest
  @EnumSource
  void isSilentAtInfo(ObservedDropIn dropIn) throws Exception {
    connects.setLevel(Level.INFO);
    accepts.setLevel(Level.INFO);
    exchangeTwice(dropIn);

    assertThat(lines.lines).isEmpty();
  }
}
