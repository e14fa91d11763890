package io.tfo.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.tfo.test.OneConnectionServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ServerSocketFactory;
import javax.net.SocketFactory;
import javax.net.ssl.SSLSocketFactory;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The factories throw what those of the JDK throw for arguments that are wrong. */
@Timeout(60)
class WrongArgumentsTest {
  private static final List<String> HOSTS = Arrays.asList(null, "localhost", "host.invalid");
  private static final List<InetAddress> ADDRESSES =
      Arrays.asList(null, OneConnectionServer.loopback());

  private interface Call {
    Object of(SocketFactory factory) throws Exception;
  }

  static Stream<Arguments> factories() {
    SocketFactory jdk = SocketFactory.getDefault();
    SSLSocketFactory tls = (SSLSocketFactory) SSLSocketFactory.getDefault();
    FastOpenSocketFactory ours = FastOpenSocketFactory.system();
    return Stream.of(
        Arguments.of("plain", jdk, ours),
        Arguments.of("racing", jdk, ours.racing()),
        Arguments.of("noDelay", jdk, ours.noDelay()),
        Arguments.of("TLS", tls, FastOpenSslSocketFactory.over(tls, ours)),
        Arguments.of("TLS, racing", tls, FastOpenSslSocketFactory.over(tls, ours.racing())));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("factories")
  void throwsWhatTheFactoryOfTheJdkThrows(String name, SocketFactory jdk, SocketFactory ours)
      throws Exception {
    try (ServerSocket busy = new ServerSocket(0, 1, OneConnectionServer.loopback())) {
      for (int port : ports()) {
        for (Call call : calls(port, busy.getLocalPort())) {
          assertThat(thrown(() -> call.of(ours))).isEqualTo(thrown(() -> call.of(jdk)));
        }
      }
    }
  }

  private static int[] ports() throws IOException {
    return new int[] {-1, 65_536, OneConnectionServer.refusing().getPort()};
  }

  /** Returns calls with every host, every local address, and every local port. */
  private static List<Call> calls(int port, int busy) {
    List<Call> calls = new ArrayList<>();
    HOSTS.forEach(host -> calls.add(factory -> factory.createSocket(host, port)));
    ADDRESSES.forEach(host -> calls.add(factory -> factory.createSocket(host, port)));
    for (InetAddress local : ADDRESSES) {
      for (int from : new int[] {-1, 65_536, 0, busy}) {
        HOSTS.forEach(host -> calls.add(each -> each.createSocket(host, port, local, from)));
        ADDRESSES.forEach(host -> calls.add(each -> each.createSocket(host, port, local, from)));
      }
    }
    return calls;
  }

  @Test
  void aServerFactoryThrowsWhatThatOfTheJdkThrows() {
    ServerSocketFactory jdk = ServerSocketFactory.getDefault();
    ServerSocketFactory ours = FastOpenServerSocketFactory.system();
    for (int port : new int[] {-1, 65_536}) {
      for (InetAddress local : ADDRESSES) {
        assertThat(thrown(() -> ours.createServerSocket(port, -1, local)))
            .isEqualTo(thrown(() -> jdk.createServerSocket(port, -1, local)));
      }
      assertThat(thrown(() -> ours.createServerSocket(port)))
          .isEqualTo(thrown(() -> jdk.createServerSocket(port)));
    }
  }

  private static String thrown(ThrowingCallable call) {
    return String.valueOf(catchThrowable(call));
  }

  /** {@code noDelay} gives each socket a descriptor when it is created. */
  @Test
  void leavesNoSocketOpen() throws Exception {
    FastOpenSocketFactoryTest.Deferring deferring = new FastOpenSocketFactoryTest.Deferring(true);
    FastOpenSocketFactory factory = FastOpenSocketFactory.over(deferring).noDelay();
    for (int port : ports()) {
      for (Call call : calls(port, 0)) {
        assertThat(catchThrowable(() -> call.of(factory))).isNotNull();
      }
    }
    assertThat(deferring.opened).isNotEmpty().allMatch(Socket::isClosed);
  }
}
