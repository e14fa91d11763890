package io.tfo.integration.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfo.FastOpenConnector;
import io.tfo.integration.backends.BackendsUnderTest;
import io.tfo.integration.docs.DropInSnippets;
import io.tfo.lab.Segment;
import io.tfo.socket.FastOpenSocketFactory;
import io.tfo.test.StoppedTimer;
import io.tfo.testkit.BackendLab;
import java.net.ConnectException;
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

/**
 * The first connect of a process, on a machine that has a cookie of the server or has none. A
 * backend that has learned nothing stands for a process that has just begun.
 */
@Timeout(60)
class TrustingCookiesTest {
  private final BlockingQueue<byte[]> received = new LinkedBlockingQueue<>();
  private SocketLab hosts;
  private InetSocketAddress server;

  @BeforeEach
  void serve() throws Exception {
    hosts = SocketLab.open();
    server = hosts.serve(socket -> received.add(socket.getInputStream().readAllBytes()));
  }

  @AfterEach
  void close() throws Exception {
    if (hosts != null) {
      hosts.close();
    }
  }

  private static FastOpenSocketFactory ofNewProcess(String backend) {
    return FastOpenSocketFactory.over(BackendsUnderTest.ALL.get(backend).get().connector());
  }

  /** Sends a byte on the first connection that these sockets make, and returns their SYN. */
  private Segment firstSyn(FastOpenSocketFactory sockets) throws Exception {
    List<Segment> syns =
        StoppedTimer.during(
            () ->
                hosts.synsOf(
                    () -> {
                      try (Socket socket =
                          sockets.createSocket(server.getAddress(), server.getPort())) {
                        socket.getOutputStream().write('a');
                      }
                      return received.poll(10, TimeUnit.SECONDS);
                    }));
    return syns.get(0);
  }

  @Test
  void theKernelsCookieIsEnoughForDataInTheFirstSyn() throws Exception {
    assertThat(firstSyn(ofNewProcess("linux-connect")).payload()).as("no cookie yet").isEmpty();
    assertThat(firstSyn(ofNewProcess("linux-connect")).payload()).as("by default").isEmpty();

    Segment syn = firstSyn(DropInSnippets.trustingCookies());

    assertThat(syn.payload()).containsExactly('a');
    assertThat(hosts.lab().client().counter("TCPFastOpenActive")).as("data taken").isEqualTo(1);
  }

  @Test
  void withoutACookieTheConnectIsAnOrdinaryOneThatAsksForOne() throws Exception {
    Segment syn = firstSyn(ofNewProcess("linux-connect").trustingCookies());

    assertThat(syn.payload()).isEmpty();
    assertThat(syn.fastOpenCookie()).hasValue(new byte[0]);
  }

  @Test
  void theFirstWriteToAClosedPortOfAKnownHostFailsOnce() throws Exception {
    firstSyn(ofNewProcess("linux-connect"));
    InetSocketAddress closed = new InetSocketAddress(server.getAddress(), BackendLab.newPort());

    hosts.onClient(
        () -> {
          try (Socket ordinary = ofNewProcess("linux-connect").createSocket()) {
            assertThatThrownBy(() -> ordinary.connect(closed)).isInstanceOf(ConnectException.class);
          }
          FastOpenSocketFactory trusting = ofNewProcess("linux-connect").trustingCookies();
          try (Socket socket = trusting.createSocket()) {
            socket.connect(closed);
            assertThatThrownBy(() -> socket.getOutputStream().write('a'))
                .isInstanceOf(ConnectException.class)
                .hasMessage("Connection refused");
          }
          for (int i = 0; i < 3; i++) {
            try (Socket next = trusting.createSocket()) {
              assertThatThrownBy(() -> next.connect(closed)).isInstanceOf(ConnectException.class);
            }
          }
          return null;
        });
  }

  /** A program may create a factory for each connection. */
  @Test
  void aFactoryThatIsCreatedLaterKnowsWhereTheFirstWriteHasFailed() throws Exception {
    firstSyn(ofNewProcess("linux-connect"));
    InetSocketAddress closed = new InetSocketAddress(server.getAddress(), BackendLab.newPort());
    FastOpenConnector process = BackendsUnderTest.ALL.get("linux-connect").get().connector();
    FastOpenSocketFactory trusting = FastOpenSocketFactory.over(process).trustingCookies();

    hosts.onClient(
        () -> {
          try (Socket socket = trusting.createSocket()) {
            socket.connect(closed);
            assertThatThrownBy(() -> socket.getOutputStream().write('a'))
                .isInstanceOf(ConnectException.class);
          }
          for (int i = 0; i < 3; i++) {
            FastOpenSocketFactory later = FastOpenSocketFactory.over(process).trustingCookies();
            try (Socket next = later.createSocket();
                Socket derived = trusting.noDelay().createSocket()) {
              assertThatThrownBy(() -> next.connect(closed)).isInstanceOf(ConnectException.class);
              assertThatThrownBy(() -> derived.connect(closed))
                  .isInstanceOf(ConnectException.class);
            }
          }
          return null;
        });
  }

  @Test
  void nothingChangesWhereTheLibraryItselfDefers() throws Exception {
    firstSyn(ofNewProcess("linux-legacy"));
    InetSocketAddress closed = new InetSocketAddress(server.getAddress(), BackendLab.newPort());

    assertThat(firstSyn(ofNewProcess("linux-legacy").trustingCookies()).payload()).isEmpty();
    hosts.onClient(
        () -> {
          try (Socket socket = ofNewProcess("linux-legacy").trustingCookies().createSocket()) {
            assertThatThrownBy(() -> socket.connect(closed)).isInstanceOf(ConnectException.class);
          }
          return null;
        });
  }
}
