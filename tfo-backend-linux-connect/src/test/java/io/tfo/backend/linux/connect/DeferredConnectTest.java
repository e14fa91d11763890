package io.tfo.backend.linux.connect;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.Native;
import io.tfo.FastOpenConnector;
import io.tfo.FastOpenOutcome;
import io.tfo.jna.FreshBackend;
import io.tfo.jna.test.LibraryPath;
import io.tfo.linux.LinuxSocketApi;
import io.tfo.linux.LinuxTcp;
import io.tfo.linux.test.Errno;
import io.tfo.linux.test.KernelWith;
import io.tfo.test.ChildJvm;
import io.tfo.test.OneConnectionServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The send after a connect that the kernel has really deferred. A child JVM runs all cases in a
 * network namespace of its own, where it may change the setting, and where the kernel keeps cookies
 * for this test alone. The tests check what that JVM printed.
 */
@EnabledOnOs(OS.LINUX)
class DeferredConnectTest {
  private static ChildJvm child;

  @BeforeAll
  static void runInANamespace() throws Exception {
    child =
        ChildJvm.javaIn(
            List.of("unshare", isRoot() ? "-n" : "-Urn", "sh", "-c"),
            List.of(
                "-cp",
                LibraryPath.of(
                    LinuxTcp.class,
                    LinuxConnectBackend.class,
                    DeferredConnectTest.class,
                    OneConnectionServer.class,
                    LibraryPath.class,
                    KernelWith.class,
                    Native.class),
                Cases.class.getName()));
    child.expectInside();
  }

  private static boolean isRoot() throws Exception {
    return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
  }

  @Test
  void goesThroughAllCases() {
    assertThat(child.output()).contains("done");
    assertThat(child.exit()).isZero();
  }

  /** Without this, all the others would prove nothing. */
  @Test
  void sendsTheDataInTheSyn() {
    assertThat(child.output()).contains("untouched: deferred, SYN_DATA_ACKED, intact");
  }

  @ParameterizedTest
  @EnumSource
  void connectsWhereTheSendIsRefusedButTheOptionCanBeTakenBack(Errno errno) {
    assertThat(child.output())
        .contains("send answers " + errno + ": deferred, NOT_ATTEMPTED, intact");
  }

  @Test
  void connectsWhereTheSettingIsOffForTheSendAndOnAgainAfterwards() {
    assertThat(child.output()).contains("off for the send: deferred, NOT_ATTEMPTED, intact");
  }

  /** The kernel refuses to take the option back while the client bit is clear. */
  @Test
  void failsAtOnceWhereTheSettingGoesOffForGoodBetweenConnectAndSend() {
    assertThat(child.output())
        .containsPattern(
            "off from the send on: deferred, java.net.ConnectException: send: errno 95: "
                + "[^\\n]*, open false, position 0");
  }

  @Test
  void connectsWhereTheSettingGoesOffBeforeTheConnectAndNoCookieIsKnown() {
    assertThat(child.output())
        .containsPattern("off before the connect: not deferred, [A-Z_]*, intact");
  }

  @Test
  void connectsWhereTheSettingWasOffAllAlongAndWhereItIsOnAgain() {
    assertThat(child.output())
        .contains("off before the option: not deferred, NOT_ATTEMPTED, intact")
        .contains("untouched once more: deferred, SYN_DATA_ACKED, intact");
  }

  /** The program of the child JVM. */
  static final class Cases {
    private static final Path SETTING = Path.of("/proc/sys/net/ipv4/tcp_fastopen");
    private static final LinuxConnectBackend BACKEND = new LinuxConnectBackend();

    public static void main(String[] args) throws Exception {
      set(3);
      System.out.println(ChildJvm.INSIDE);
      try (ServerSocketChannel listener =
          BACKEND
              .listener()
              .open(
                  new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0),
                  50,
                  50)) {
        run("cookie", listener, new Kernel());
        run("untouched", listener, new Kernel());
        for (Errno errno : Errno.values()) {
          run(
              "send answers " + errno,
              listener,
              new Kernel() {
                @Override
                int sendData(int fd, ByteBuffer data, int length, int flags) {
                  return errno.result();
                }
              });
        }
        run(
            "off for the send",
            listener,
            new Kernel() {
              @Override
              int sendData(int fd, ByteBuffer data, int length, int flags) {
                set(0);
                int result = kernel.send(fd, data, length, flags);
                set(3);
                return result;
              }
            });
        run(
            "off from the send on",
            listener,
            new Kernel() {
              @Override
              int sendData(int fd, ByteBuffer data, int length, int flags) {
                set(0);
                return kernel.send(fd, data, length, flags);
              }
            });
        run("off before the option", listener, new Kernel());
        set(3);
        run("untouched once more", listener, new Kernel());
      }
      try (ServerSocketChannel withoutACookie =
          BACKEND
              .listener()
              .open(
                  new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 2}), 0),
                  50,
                  50)) {
        run(
            "off before the connect",
            withoutACookie,
            new Kernel() {
              @Override
              public int connect(int fd, ByteBuffer address, int length) {
                set(0);
                return super.connect(fd, address, length);
              }
            });
      }
      System.out.println("done");
    }

    /** The kernel, and whether it has deferred the connect. */
    private static class Kernel extends KernelWith {
      boolean deferred;

      /** The backend tries its calls first, without data. */
      @Override
      public final int send(int fd, ByteBuffer data, int length, int flags) {
        return length == 0
            ? kernel.send(fd, data, length, flags)
            : sendData(fd, data, length, flags);
      }

      int sendData(int fd, ByteBuffer data, int length, int flags) {
        return kernel.send(fd, data, length, flags);
      }

      @Override
      public int connect(int fd, ByteBuffer address, int length) {
        int result = kernel.connect(fd, address, length);
        deferred |= result == 0 && address.getShort(0) != LinuxSocketApi.AF_UNSPEC;
        return result;
      }
    }

    private static void run(String name, ServerSocketChannel listener, Kernel kernel)
        throws Exception {
      FastOpenConnector connector =
          new FreshBackend(name, () -> new LinuxConnectTcp(kernel, "6.1")).connector();
      ByteBuffer data = OneConnectionServer.buffer(5000);
      SocketAddress address = listener.getLocalAddress();
      String result;
      try (SocketChannel channel = SocketChannel.open()) {
        try {
          connector.connect(channel, address, data);
          FastOpenOutcome outcome = connector.outcome(channel);
          channel.shutdownOutput();
          result = outcome + ", " + (isIntact(listener) ? "intact" : "something else");
        } catch (java.io.IOException e) {
          result = e + ", open " + channel.isOpen() + ", position " + data.position();
        }
      }
      System.out.println(
          name + ": " + (kernel.deferred ? "deferred" : "not deferred") + ", " + result);
    }

    private static boolean isIntact(ServerSocketChannel listener) throws Exception {
      try (SocketChannel accepted = listener.accept()) {
        return Arrays.equals(
            Channels.newInputStream(accepted).readAllBytes(), OneConnectionServer.bytes(5000));
      }
    }

    private static void set(int value) {
      try {
        Files.writeString(SETTING, Integer.toString(value));
      } catch (java.io.IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }
  }
}
