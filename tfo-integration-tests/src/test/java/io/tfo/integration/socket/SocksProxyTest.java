package io.tfo.integration.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.lab.Segment;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.SocketFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sockets that the JDK's {@code ProxySelector} sends to a SOCKS proxy. */
@Timeout(60)
class SocksProxyTest {
  private static final String VERSION = "socksProxyVersion";
  private static final String DESTINATION = "192.0.2.7:4321";

  private final List<String> asked = new CopyOnWriteArrayList<>();
  private ProxySelector before;
  private SocketLab hosts;
  private ServerSocket first;
  private ServerSocket second;

  @BeforeEach
  void open() throws Exception {
    before = ProxySelector.getDefault();
    hosts = SocketLab.open();
    first = hosts.listen();
    second = hosts.listen();
    for (ServerSocket proxy : List.of(first, second)) {
      hosts.serve(proxy, socket -> serve(proxy.getLocalPort(), socket));
      know(proxy);
    }
  }

  @AfterEach
  void close() throws Exception {
    System.clearProperty(VERSION);
    ProxySelector.setDefault(before);
    if (hosts != null) {
      hosts.close();
    }
  }

  /** A proxy that is its own destination: it echoes one byte. */
  private void serve(int port, Socket socket) throws IOException {
    DataInputStream in = new DataInputStream(socket.getInputStream());
    int version = in.read();
    if (version == 5) {
      in.readNBytes(in.read()); // methods
      socket.getOutputStream().write(new byte[] {5, 0});
      in.readNBytes(3); // version, CONNECT, 0
      assertThat(in.read()).as("IPv4").isEqualTo(1);
      asked.add(port + " 5 " + dotted(in.readNBytes(4)) + ":" + in.readUnsignedShort());
      socket.getOutputStream().write(new byte[] {5, 0, 0, 1, 0, 0, 0, 0, 0, 0});
    } else if (version == 4) {
      in.read(); // CONNECT
      int to = in.readUnsignedShort();
      asked.add(port + " 4 " + dotted(in.readNBytes(4)) + ":" + to);
      while (in.read() > 0) {} // the user's name
      socket.getOutputStream().write(new byte[] {0, 90, 0, 0, 0, 0, 0, 0});
    }
    socket.getOutputStream().write(in.read());
  }

  private static String dotted(byte[] address) {
    return "%d.%d.%d.%d"
        .formatted(address[0] & 0xff, address[1] & 0xff, address[2] & 0xff, address[3] & 0xff);
  }

  /** Connects directly, so that the kernel has a cookie, and defers the next connect there. */
  private void know(ServerSocket proxy) throws Exception {
    hosts.synsOf(
        () -> {
          try (Socket socket = SocketLab.factory().createSocket()) {
            socket.connect(proxy.getLocalSocketAddress());
            socket.getOutputStream().write(new byte[] {0, 'k'});
            return socket.getInputStream().read();
          }
        });
  }

  /** Returns both proxies, and keeps the failures that are reported to it. */
  private final class Selector extends ProxySelector {
    final List<String> told = new ArrayList<>();

    @Override
    public List<Proxy> select(URI uri) {
      return List.of(
          new Proxy(Proxy.Type.SOCKS, first.getLocalSocketAddress()),
          new Proxy(Proxy.Type.SOCKS, second.getLocalSocketAddress()));
    }

    @Override
    public void connectFailed(URI uri, SocketAddress proxy, IOException failure) {
      told.add(uri + " " + proxy + " " + failure);
    }
  }

  /** Returns the failures that the selector was told of, and the result of the exchange. */
  private List<String> outcome(SocketFactory sockets) throws Exception {
    Selector selector = new Selector();
    ProxySelector.setDefault(selector);
    try {
      selector.told.add("echoed " + hosts.onClient(() -> echo(sockets)));
    } catch (SocketException e) {
      selector.told.add(e.toString());
    } finally {
      ProxySelector.setDefault(before);
    }
    return selector.told;
  }

  private static int echo(SocketFactory sockets) throws IOException {
    try (Socket socket = sockets.createSocket()) {
      socket.connect(new InetSocketAddress("192.0.2.7", 4321), 5000);
      socket.getOutputStream().write('e');
      return socket.getInputStream().read();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void theProxyIsAskedForTheDestination(int version) throws Exception {
    System.setProperty(VERSION, Integer.toString(version));
    hosts.lab().wire().forget();
    for (int i = 0; i < 3; i++) {
      assertThat(outcome(SocketLab.factory())).containsExactly("echoed " + (int) 'e');
    }
    String expected = first.getLocalPort() + " " + version + " " + DESTINATION;
    assertThat(asked).containsExactly(expected, expected, expected);
    assertThat(hosts.lab().wire().syns()).hasSize(3).noneMatch(Segment::hasFastOpenOption);
  }

  /** The JDK tells the selector of a proxy only if the connect fails. */
  @Test
  void theSelectorIsToldOfAProxyThatHasGone() throws Exception {
    hosts.stop(first);
    List<String> plain = outcome(SocketFactory.getDefault());
    List<String> ours = outcome(SocketLab.factory());
    assertThat(plain.get(0)).startsWith("socket://").contains("Connection refused");
    assertThat(ours).isEqualTo(plain);
  }
}
