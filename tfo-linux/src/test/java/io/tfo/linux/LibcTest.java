package io.tfo.linux;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Each system call, on a blocking IPv4 socket that the test opened by itself. The tests run twice:
 * while options of one int go by JNA, and once they go by the JDK.
 */
@Timeout(60)
@EnabledOnOs(OS.LINUX)
@ParameterizedClass(name = "after {0} options")
@ValueSource(ints = {0, Libc.FEW})
class LibcTest {
  private static final int SOL_SOCKET = 1;
  private static final int SO_TYPE = 3;
  private static final int SO_KEEPALIVE = 9;
  private static final int EBADF = 9;
  private static final int EINVAL = 22;
  private static final int EPIPE = 32;
  private static final int ENOPROTOOPT = 92;
  private static final int ENOTCONN = 107;
  private static final int ECONNREFUSED = 111;
  private static final int MSG_OOB = 1;
  private static final int SHUT_WR = 1;
  private static final int TCP_KEEPIDLE = 4;
  private static final byte TCP_CLOSE = 7;

  @Parameter private int optionsBefore;
  private final LinuxSocketApi libc = LinuxSocketApi.libc();
  private int fd;

  @BeforeEach
  void openSocket() {
    fd = c("socket").invokeInt(new Object[] {2, 1, 0});
    assertThat(fd).isPositive();
    for (int i = 0; i < optionsBefore; i++) {
      assertThat(libc.getsockopt(fd, SOL_SOCKET, SO_TYPE, ints(0), ints(4))).isZero();
    }
  }

  @AfterEach
  void closeSocket() {
    assertThat(c("close").invokeInt(new Object[] {fd})).isZero();
  }

  private static Function c(String name) {
    return NativeLibrary.getProcess().getFunction(name);
  }

  @Test
  void setsAndReadsAnOption() {
    ByteBuffer value = ints(1);
    ByteBuffer length = ints(4);
    assertThat(libc.setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, value, 4)).isZero();
    value.putInt(0, 77);

    assertThat(libc.getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, value, length)).isZero();

    assertThat(value.getInt(0)).isEqualTo(1);
    assertThat(length.getInt(0)).isEqualTo(4);
    assertThat(libc.getsockopt(fd, SOL_SOCKET, SO_TYPE, value, length)).isZero();
    assertThat(value.getInt(0)).as("SOCK_STREAM").isEqualTo(1);
  }

  @Test
  void setsAndReadsAnIntWhateverTheOrderOfItsBuffer() {
    ByteOrder foreign =
        ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN
            ? ByteOrder.LITTLE_ENDIAN
            : ByteOrder.BIG_ENDIAN;
    ByteBuffer value = ints(90).order(foreign);
    ByteBuffer length = ints(4).order(foreign);
    ByteBuffer read = ints(0);
    assertThat(libc.setsockopt(fd, LinuxSocketApi.IPPROTO_TCP, TCP_KEEPIDLE, value, 4)).isZero();

    assertThat(libc.getsockopt(fd, LinuxSocketApi.IPPROTO_TCP, TCP_KEEPIDLE, read, ints(4)))
        .isZero();
    assertThat(read.getInt(0)).isEqualTo(90);
    value.putInt(0, 0);
    assertThat(libc.getsockopt(fd, LinuxSocketApi.IPPROTO_TCP, TCP_KEEPIDLE, value, length))
        .isZero();
    assertThat(value.getInt(0)).as("in native order").isEqualTo(Integer.reverseBytes(90));
  }

  @Test
  void readsTheFirstFourBytesOfALongerOption() {
    ByteBuffer state = ints(-1);
    ByteBuffer all = ByteBuffer.allocateDirect(512);
    ByteBuffer length = ints(all.capacity());

    assertThat(
            libc.getsockopt(
                fd, LinuxSocketApi.IPPROTO_TCP, LinuxSocketApi.TCP_INFO, state, ints(4)))
        .isZero();
    assertThat(
            libc.getsockopt(fd, LinuxSocketApi.IPPROTO_TCP, LinuxSocketApi.TCP_INFO, all, length))
        .isZero();

    assertThat(state.get(0)).isEqualTo(TCP_CLOSE).isEqualTo(all.get(0));
    assertThat(length.getInt(0)).isGreaterThan(100);
  }

  @Test
  void setsAnIntAfterOneThatCouldNotBeSet() {
    ByteBuffer value = ints(91);
    for (int i = 0; i < 3; i++) {
      assertThat(libc.setsockopt(fd, SOL_SOCKET, 9999, value, 4)).isEqualTo(-ENOPROTOOPT);
      assertThat(libc.setsockopt(fd, LinuxSocketApi.IPPROTO_TCP, TCP_KEEPIDLE, value, 4)).isZero();
    }
    ByteBuffer read = ints(0);
    assertThat(libc.getsockopt(fd, LinuxSocketApi.IPPROTO_TCP, TCP_KEEPIDLE, read, ints(4)))
        .isZero();
    assertThat(read.getInt(0)).isEqualTo(91);
  }

  @Test
  void returnsTheErrorOfEachCall() {
    ByteBuffer none = ints(0);
    ByteBuffer length = ints(4);
    assertThat(libc.setsockopt(-1, SOL_SOCKET, SO_KEEPALIVE, none, 4)).isEqualTo(-EBADF);
    assertThat(libc.setsockopt(fd, SOL_SOCKET, 9999, none, 4)).isEqualTo(-ENOPROTOOPT);
    assertThat(libc.setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, none, 1)).isEqualTo(-EINVAL);
    assertThat(libc.getsockopt(-1, SOL_SOCKET, SO_TYPE, none, length)).isEqualTo(-EBADF);
    assertThat(libc.getsockopt(fd, SOL_SOCKET, 9999, none, length)).isEqualTo(-ENOPROTOOPT);
    assertThat(libc.connect(-1, address(1), 16)).isEqualTo(-EBADF);
    assertThat(libc.connect(fd, address(1), 1)).isEqualTo(-EINVAL);
    assertThat(libc.send(-1, none, 4, LinuxSocketApi.MSG_NOSIGNAL)).isEqualTo(-EBADF);
    assertThat(libc.send(fd, none, 4, LinuxSocketApi.MSG_NOSIGNAL)).isEqualTo(-EPIPE);
    assertThat(libc.sendto(-1, none, 4, LinuxSocketApi.MSG_NOSIGNAL, address(1), 16))
        .isEqualTo(-EBADF);
    assertThat(libc.sendto(fd, none, 4, LinuxSocketApi.MSG_NOSIGNAL, address(1), 16))
        .isEqualTo(-EPIPE);
    assertThat(libc.shutdown(-1, SHUT_WR)).isEqualTo(-EBADF);
    assertThat(libc.shutdown(fd, SHUT_WR)).isEqualTo(-ENOTCONN);
  }

  @Test
  void returnsEachThreadItsOwnError() {
    ByteBuffer none = ints(0);
    assertThat(
            IntStream.range(0, 20_000)
                .parallel()
                .filter(
                    i ->
                        i % 2 == 0
                            ? libc.setsockopt(-1, SOL_SOCKET, SO_KEEPALIVE, none, 4) != -EBADF
                            : libc.setsockopt(fd, SOL_SOCKET, 9999, none, 4) != -ENOPROTOOPT)
                .count())
        .isZero();
  }

  @Test
  void connectsAndSends() throws Exception {
    try (ServerSocketChannel listener =
        ServerSocketChannel.open().bind(new InetSocketAddress(loopback(), 0))) {
      int port = ((InetSocketAddress) listener.getLocalAddress()).getPort();

      assertThat(libc.connect(fd, address(port), 16)).isZero();

      try (SocketChannel accepted = listener.accept()) {
        assertThat(libc.send(fd, text("hello, world"), 5, LinuxSocketApi.MSG_NOSIGNAL))
            .isEqualTo(5);
        assertThat(libc.sendto(fd, text("!?"), 1, LinuxSocketApi.MSG_NOSIGNAL, address(port), 16))
            .isEqualTo(1);
        assertThat(libc.send(fd, text("#"), 1, MSG_OOB)).as("not read with the rest").isEqualTo(1);
        ByteBuffer received = ByteBuffer.allocate(100);
        assertThat(libc.shutdown(fd, SHUT_WR)).isZero();
        while (accepted.read(received) >= 0) {
          assertThat(received.position()).isLessThanOrEqualTo(7);
        }
        assertThat(StandardCharsets.US_ASCII.decode(received.flip()).toString())
            .isEqualTo("hello!");
      }
    }
  }

  @Test
  void tellsOfARefusedConnect() throws Exception {
    try (SocketChannel doesNotListen =
        SocketChannel.open().bind(new InetSocketAddress(loopback(), 0))) {
      int port = ((InetSocketAddress) doesNotListen.getLocalAddress()).getPort();

      assertThat(libc.connect(fd, address(port), 16)).isEqualTo(-ECONNREFUSED);
    }
  }

  private static InetAddress loopback() throws Exception {
    return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
  }

  private static ByteBuffer ints(int value) {
    return ByteBuffer.allocateDirect(4).order(ByteOrder.nativeOrder()).putInt(0, value);
  }

  private static ByteBuffer text(String s) {
    return ByteBuffer.allocateDirect(100).put(s.getBytes(StandardCharsets.US_ASCII)).rewind();
  }

  /** {@code sockaddr_in} of 127.0.0.1. */
  private static ByteBuffer address(int port) {
    ByteBuffer address = ByteBuffer.allocateDirect(16).order(ByteOrder.nativeOrder());
    address.putShort(0, (short) 2).order(ByteOrder.BIG_ENDIAN);
    return address.putShort(2, (short) port).putInt(4, 0x7f000001);
  }
}
