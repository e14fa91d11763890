package io.tfo.backend.linux.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.jna.NativeLibrary;
import io.tfo.jna.KernelDeferral;
import io.tfo.linux.LinuxSocketApi;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** What the peer sees of a close that was prepared, on this kernel. */
@Timeout(60)
@EnabledOnOs(OS.LINUX)
class PreparedCloseTest {
  private static final byte[] DATA = {1, 2, 3};
  private static final int SOL_SOCKET = 1;
  private static final int SO_LINGER = 13;

  private final LinuxSocketApi libc = LinuxSocketApi.libc();
  private final KernelDeferral deferral = new LinuxConnectTcp(libc, "6.1").deferral().orElseThrow();
  private ServerSocket listener;
  private Socket peer;
  private int fd;

  @BeforeEach
  void connect() throws IOException {
    byte[] loopback = {127, 0, 0, 1};
    listener = new ServerSocket(0, 1, InetAddress.getByAddress(loopback));
    fd = c("socket", 2, 1, 0); // AF_INET, SOCK_STREAM
    ByteBuffer address =
        ByteBuffer.allocateDirect(16)
            .order(ByteOrder.nativeOrder())
            .putShort((short) 2)
            .order(ByteOrder.BIG_ENDIAN)
            .putShort((short) ((InetSocketAddress) listener.getLocalSocketAddress()).getPort())
            .put(loopback);
    assertThat(libc.connect(fd, address, 16)).isZero();
    peer = listener.accept();
  }

  @AfterEach
  void close() throws IOException {
    peer.close();
    listener.close();
  }

  @Test
  void sendsTheEndBeforeTheResetThatDataOfThePeerCauses() throws Exception {
    ByteBuffer written = ByteBuffer.allocateDirect(DATA.length).put(DATA);
    assertThat(libc.send(fd, written, DATA.length, 0)).isEqualTo(DATA.length);
    peer.getOutputStream().write(DATA);
    deferral.prepareClose(fd);
    peer.getOutputStream().write(DATA);
    assertThat(c("close", fd)).isZero();
    assertThat(peer.getInputStream().readAllBytes()).isEqualTo(DATA);
  }

  /** The kernel discards what was written, and not taken yet, with a connection that it resets. */
  @Test
  void deliversWhatThePeerHasNotTakenYet() throws Exception {
    peer.getOutputStream().write(DATA);
    ByteBuffer much = ByteBuffer.allocateDirect(100_000);
    long written = 0;
    int taken;
    do {
      taken = libc.send(fd, much, much.capacity(), LinuxSocketApi.MSG_DONTWAIT);
      written += Math.max(0, taken);
    } while (taken > 0);
    deferral.prepareClose(fd);
    assertThat(c("close", fd)).isZero();
    assertThat(peer.getInputStream().readAllBytes().length).isEqualTo((int) written);
  }

  @Test
  void leavesTheResetToACloseThatIsToReset() {
    ByteBuffer linger =
        ByteBuffer.allocateDirect(8).order(ByteOrder.nativeOrder()).putInt(0, 1).putInt(4, 0);
    assertThat(libc.setsockopt(fd, SOL_SOCKET, SO_LINGER, linger, 8)).isZero();
    deferral.prepareClose(fd);
    assertThat(c("close", fd)).isZero();
    assertThatThrownBy(() -> peer.getInputStream().read()).hasMessageContaining("reset");
  }

  private static int c(String function, Object... arguments) {
    return NativeLibrary.getProcess().getFunction(function).invokeInt(arguments);
  }
}
