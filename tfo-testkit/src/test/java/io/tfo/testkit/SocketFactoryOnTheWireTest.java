package io.tfo.testkit;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenOutcome;
import io.tfo.FastOpenSocketFactory;
import io.tfo.testkit.lab.Segment;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SocketFactoryOnTheWireTest {
  private static final byte[] REQUEST = "GET / HTTP/1.0\r\n\r\n".getBytes(US_ASCII);
  private static final byte[] REPLY = "HTTP/1.0 204 Fine\r\n\r\n".getBytes(US_ASCII);

  private final BlockingQueue<byte[]> received = new LinkedBlockingQueue<>();
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

  /** Reads to the end of the client's stream, keeps that, and replies. */
  private void reply(Socket socket) throws Exception {
    received.add(socket.getInputStream().readAllBytes());
    socket.getOutputStream().write(REPLY);
  }

  private FastOpenOutcome exchange(InetSocketAddress server, byte[] data) throws Exception {
    FastOpenSocketFactory factory = SocketLab.factory();
    try (Socket socket = factory.createSocket(server.getAddress(), server.getPort())) {
      socket.getOutputStream().write(data);
      socket.shutdownOutput();
      assertThat(socket.getInputStream().readAllBytes()).isEqualTo(REPLY);
      return factory.outcome(socket);
    }
  }

  private List<Segment> exchangeAndCheck(InetSocketAddress server, byte[] data) throws Exception {
    List<Segment> syns = hosts.synsOf(() -> exchange(server, data));
    assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo(data);
    assertThat(received).as("what arrived twice").isEmpty();
    return syns;
  }

  @Test
  void theFirstWriteOfTheSecondConnectionIsInTheSyn() throws Exception {
    InetSocketAddress server = hosts.serve(this::reply);

    List<Segment> first = exchangeAndCheck(server, REQUEST);
    List<Segment> second = exchangeAndCheck(server, REQUEST);

    assertThat(first).singleElement().satisfies(syn -> assertThat(syn.payload()).isEmpty());
    assertThat(first.get(0).fastOpenCookie()).hasValue(new byte[0]);
    assertThat(second)
        .singleElement()
        .satisfies(syn -> assertThat(syn.payload()).isEqualTo(REQUEST));
    assertThat(hosts.lab().server().counter("TCPFastOpenPassive")).isEqualTo(1);
  }
}
