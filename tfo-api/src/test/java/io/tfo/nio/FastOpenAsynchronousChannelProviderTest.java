package io.tfo.nio;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenConnector;
import io.tfo.test.ChildJvm;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ShutdownChannelGroupException;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The provider without a backend, in a child JVM. */
class FastOpenAsynchronousChannelProviderTest {
  private static final String PROVIDER = FastOpenAsynchronousChannelProvider.class.getName();

  @Test
  void opensTheJdksChannelsWithoutABackend() throws Exception {
    ChildJvm child = run();

    assertThat(child.output())
        .contains("all of it works")
        .contains("connects are deferred by no backend; listeners are switched on by no backend")
        .contains("no connect of an asynchronous channel is deferred")
        .doesNotContain("WARNING");
    assertThat(child.exit()).isZero();
  }

  @Test
  void reportsTheRemedyIfTheJdksProviderCannotBeReached() throws Exception {
    ChildJvm child = run("--limit-modules=java.base,jdk.net");

    assertThat(child.output())
        .contains("the JDK's own AsynchronousChannelProvider cannot be reached")
        .contains("--add-modules java.management")
        .contains("remove -D" + AsynchronousChannelProvider.class.getName());
    assertThat(child.exit()).isNotZero();
  }

  @Test
  void opensTheJdksChannelsAndWarnsIfASettingIsMalformed() throws Exception {
    ChildJvm child = run("-Dio.tfo.provider.ports=https");

    assertThat(child.output())
        .contains("WARNING: asynchronous channels do not use TCP Fast Open")
        .contains("-Dio.tfo.provider.ports=https: must be all, none, or")
        .contains("all of it works");
    assertThat(child.exit()).isZero();
  }

  private static ChildJvm run(String... options) throws Exception {
    List<String> arguments = new ArrayList<>(List.of(options));
    arguments.add("-D" + AsynchronousChannelProvider.class.getName() + "=" + PROVIDER);
    arguments.add("-cp");
    arguments.add(
        ChildJvm.path(
            ChildJvm.home(FastOpenConnector.class),
            ChildJvm.home(FastOpenAsynchronousChannelProviderTest.class)));
    arguments.add(DefaultAndOwnGroup.class.getName());
    return ChildJvm.java(arguments);
  }

  /** The main class of the child JVM: uses the default group, and one of its own. */
  static final class DefaultAndOwnGroup {
    public static void main(String[] args) throws Exception {
      System.out.println(AsynchronousChannelProvider.provider());
      exchange(null);
      AsynchronousChannelGroup group =
          AsynchronousChannelGroup.withFixedThreadPool(1, Executors.defaultThreadFactory());
      expect(group.provider() == AsynchronousChannelProvider.provider());
      exchange(group);
      AsynchronousSocketChannel open = AsynchronousSocketChannel.open(group);
      group.shutdownNow();
      expect(!open.isOpen() && group.isShutdown());
      expect(group.awaitTermination(10, TimeUnit.SECONDS) && group.isTerminated());
      try (AsynchronousSocketChannel late = AsynchronousSocketChannel.open(group)) {
        throw new AssertionError(late);
      } catch (ShutdownChannelGroupException e) {
        System.out.println("all of it works");
      }
      System.exit(0);
    }

    private static void exchange(AsynchronousChannelGroup group) throws Exception {
      InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
      try (AsynchronousServerSocketChannel server =
              AsynchronousServerSocketChannel.open(group).bind(any);
          AsynchronousSocketChannel client = AsynchronousSocketChannel.open(group)) {
        Future<AsynchronousSocketChannel> accepted = server.accept();
        client.connect(server.getLocalAddress()).get(10, TimeUnit.SECONDS);
        client.write(ByteBuffer.allocate(3)).get(10, TimeUnit.SECONDS);
        try (AsynchronousSocketChannel peer = accepted.get(10, TimeUnit.SECONDS)) {
          expect(peer.read(ByteBuffer.allocate(9)).get(10, TimeUnit.SECONDS) == 3);
        }
      }
    }

    private static void expect(boolean expected) {
      if (!expected) {
        throw new AssertionError();
      }
    }
  }
}
