package io.tfo.integration.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenConnector;
import io.tfo.test.ChildJvm;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jdk.jfr.EventType;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The JDK accepts the option for the threshold in the form that {@code docs/observing.md} shows.
 */
@Timeout(90)
class RecordingOptionTest {
  private static final Pattern SETTING =
      Pattern.compile("\\S?io\\.tfo\\.Connect#threshold=\\d+\\w+");

  @TempDir private Path folder;

  /** Connects once. */
  static final class Connecting {
    public static void main(String[] args) throws Exception {
      try (ServerSocketChannel server = ServerSocketChannel.open();
          SocketChannel channel = SocketChannel.open()) {
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        FastOpenConnector.system()
            .connect(channel, server.getLocalAddress(), ByteBuffer.wrap(new byte[1]));
        System.out.println("connected");
      }
    }
  }

  /** With a larger number: a connect can take longer than the page's threshold. */
  @Test
  void theOptionOfThePageLeavesOutConnectsBelowTheThreshold() throws Exception {
    Matcher setting =
        SETTING.matcher(Files.readString(Documents.ROOT.resolve("docs/observing.md")));
    assertThat(setting.find()).isTrue();
    Path recording = folder.resolve("recording.jfr");
    String threshold = setting.group().replaceFirst(",", "").replaceFirst("=", "=10000");

    ChildJvm child =
        ChildJvm.java(
            List.of(
                "-XX:StartFlightRecording:filename=" + recording + "," + threshold,
                "-cp",
                ChildJvm.classPath(),
                Connecting.class.getName()));

    assertThat(child.output()).contains("connected").doesNotContain("doesn't exist");
    try (RecordingFile file = new RecordingFile(recording)) {
      assertThat(file.readEventTypes()).extracting(EventType::getName).contains("io.tfo.Connect");
    }
    assertThat(RecordingFile.readAllEvents(recording))
        .noneMatch(event -> event.getEventType().getName().equals("io.tfo.Connect"));
  }
}
