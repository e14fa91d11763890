package io.tfo.integration.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenConnector;
import io.tfo.socket.FastOpenSocketFactory;
import io.tfo.test.ChildJvm;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** The classes that the first connect of a process loads, besides the library's own and JNA's. */
@EnabledOnOs(OS.LINUX)
@SuppressWarnings("try") // a connect is all that is needed
class FirstConnectTest {
  /**
   * Classes whose first use takes milliseconds. {@code Duration.dividedBy} loads the first, {@code
   * formatted} the second, and a record's {@code toString}, {@code equals} or {@code hashCode} the
   * third. The others are generated for a method handle that is bound to unusual arguments.
   */
  private static final List<String> SLOW =
      List.of(
          "java.math.BigDecimal ",
          "java.util.Formatter ",
          "java.lang.runtime.ObjectMethods ",
          "java.lang.invoke.ClassSpecializer$Factory$1Var ", // JDK 17
          "java.lang.invoke.ClassSpecializer$Factory$1$1Var ");

  /** Classes of sockets. They load more of the JDK: proxies, socket factories, and options. */
  private static final List<String> OF_SOCKETS =
      List.of(
          "java.net.Socket ",
          "java.net.ServerSocket ",
          "java.net.SocketImpl ",
          "java.net.SocksSocketImpl ",
          "java.net.ProxySelector ",
          "javax.net.SocketFactory ",
          "sun.nio.ch.NioSocketImpl ");

  /** Connects to itself. */
  static final class Program {
    private Program() {}

    public static void main(String[] args) throws Exception {
      InetAddress loopback = InetAddress.getLoopbackAddress();
      try (ServerSocketChannel server =
          ServerSocketChannel.open().bind(new InetSocketAddress(loopback, 0))) {
        InetSocketAddress address = (InetSocketAddress) server.getLocalAddress();
        if (args[0].equals("channel")) {
          try (SocketChannel client =
              FastOpenConnector.system().open(address, ByteBuffer.allocate(1))) {
            server.accept().close();
          }
        } else {
          try (Socket client = FastOpenSocketFactory.system().createSocket()) {
            client.connect(address);
            client.getOutputStream().write(1);
            server.accept().close();
          }
        }
      }
      System.out.println("connected");
    }
  }

  private static String loadedBy(String way) throws Exception {
    ChildJvm child =
        ChildJvm.java(
            List.of(
                "-Xlog:class+load",
                "--enable-native-access=ALL-UNNAMED", // a new JDK would format its warning
                "-cp",
                System.getProperty("java.class.path"),
                Program.class.getName(),
                way));
    assertThat(child.output()).contains("io.tfo.jna.ChannelConnector ", "connected");
    assertThat(child.exit()).isZero();
    return child.output();
  }

  @Test
  void aChannelLoadsNeitherLambdasOfTheLibraryNorSlowClasses() throws Exception {
    assertThat(loadedBy("channel"))
        .doesNotContain(SLOW)
        .doesNotContainPattern("io\\.tfo\\.(?!integration)[\\w.$]*\\$\\$Lambda");
  }

  /** The first socket loads some twenty classes of the JDK. */
  @Test
  void aChannelLoadsNoSocketForAProgramWithoutOne() throws Exception {
    assertThat(loadedBy("socket")).contains(OF_SOCKETS);
    assertThat(loadedBy("channel")).doesNotContain(OF_SOCKETS);
  }

  @Test
  void aSocketLoadsNoSlowClasses() throws Exception {
    assertThat(loadedBy("socket")).doesNotContain(SLOW);
  }

  @Test
  void aBackendForAnotherSystemLoadsItsProviderAlone() throws Exception {
    assertThat(loadedBy("channel"))
        .contains("io.tfo.backend.windows.WindowsBackend ")
        .doesNotContainPattern("io\\.tfo\\.backend\\.(bsd|darwin|windows)\\.(?!\\w+Backend )");
  }
}
