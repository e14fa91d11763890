package io.tfo.integration.places;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenConnector;
import io.tfo.test.ChildJvm;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Where every file system is read-only, JNA has no folder for its library. */
@EnabledOnOs(OS.LINUX)
class ReadOnlyRootTest {
  private static final String READ_ONLY =
      "for mount in $(awk '{print $5}' /proc/self/mountinfo | sort -r);"
          + " do mount -o remount,bind,ro $mount 2> /dev/null; done; exec \"$0\" \"$@\"";

  /** The one warning has two lines: java.util.logging prints the date first. */
  @Test
  void connectsPlainlyAndSaysSoInOneWarning() throws Exception {
    boolean root = Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    ChildJvm child =
        ChildJvm.javaIn(
            List.of("unshare", root ? "-nm" : "-Urnm", "sh", "-c"),
            READ_ONLY,
            List.of("-cp", ChildJvm.classPath(), Program.class.getName()),
            Duration.ofMinutes(1));
    child.expectInside();
    assertThat(child.exit()).as(child.output()).isZero();
    assertThat(child.output().lines().filter(line -> !line.startsWith("SLF4J")).toList())
        .hasSize(4)
        .satisfies(
            lines ->
                assertThat(lines.get(2))
                    .contains("WARNING")
                    .contains("connects are plain: ", "is not writable", "-Djna.tmpdir=FOLDER"))
        .satisfies(lines -> assertThat(lines.get(3)).isEqualTo("the data"));
  }

  static final class Program {
    public static void main(String[] arguments) throws Exception {
      System.out.println(ChildJvm.INSIDE);
      byte[] data = "the data".getBytes(StandardCharsets.US_ASCII);
      try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
          SocketChannel channel =
              FastOpenConnector.system()
                  .open(
                      new InetSocketAddress(server.getInetAddress(), server.getLocalPort()),
                      ByteBuffer.wrap(data))) {
        channel.shutdownOutput();
        try (Socket accepted = server.accept()) {
          System.out.println(
              new String(accepted.getInputStream().readAllBytes(), StandardCharsets.US_ASCII));
        }
      }
    }
  }
}
