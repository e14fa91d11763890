package io.tfo.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.channel.epoll.Epoll;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class ExchangeTest {
  private BenchmarkServer server;

  @BeforeEach
  void serve() throws IOException {
    server = BenchmarkServer.start(16);
  }

  @AfterEach
  void end() throws IOException {
    server.close();
  }

  private InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port());
  }

  @ParameterizedTest
  @EnumSource
  void everyContenderMakesTheGivenNumberOfConnections(Contender contender) throws Exception {
    assumeTrue(
        !contender.name().startsWith("NETTY") || Epoll.isAvailable(), "Netty has no epoll here");
    List<Long> firstBytes = new ArrayList<>();
    BenchmarkClient client = contender.client();
    try {
      client.exchange(address(), 5, firstBytes::add);
    } finally {
      client.close();
    }

    assertThat(firstBytes).hasSize(5).allMatch(nanos -> nanos > 0);
    assertThat(server.accepted()).isEqualTo(5);
  }

  @ParameterizedTest
  @EnumSource(names = {"JDK_CHANNEL", "JDK_SOCKET", "LINUX_LEGACY", "SOCKET_FACTORY"})
  void theReplyToAStreamComesAfterItsLastByte(Contender contender) throws Exception {
    long bytes = 10_000_019;

    contender.client().stream(address(), bytes);

    assertThat(server.received()).isEqualTo(bytes + Message.LENGTH);
  }

  @Test
  void theTimesOfAllConnectionsAreAnswered() throws Exception {
    long[] nanos =
        Worker.carryOut(
            ChannelClient.plain(),
            List.of("exchange", "127.0.0.1", String.valueOf(server.port()), "3"));

    assertThat(LongStream.of(nanos).filter(n -> n > 0).count()).isEqualTo(3);
  }
}
