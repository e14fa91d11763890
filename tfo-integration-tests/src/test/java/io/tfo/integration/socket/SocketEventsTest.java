package io.tfo.integration.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.lab.Segment;
import io.tfo.test.StoppedTimer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.SocketFactory;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** JDK Flight Recorder sees the same reads and writes as on a plain socket. */
@Timeout(120)
class SocketEventsTest {
  private static final int LENGTH = 200_000;

  @TempDir private Path folder;

  @Test
  void aDeferredConnectChangesNoEvent() throws Exception {
    try (SocketLab hosts = SocketLab.open()) {
      InetSocketAddress server =
          hosts.serve(
              socket -> {
                byte[] got = socket.getInputStream().readNBytes(LENGTH);
                socket.getOutputStream().write(got, 0, 3);
              });
      List<String> plain = hosts.onClient(() -> events(server, SocketFactory.getDefault()));
      hosts.onClient(() -> exchange(server, SocketLab.factory()));
      hosts.lab().wire().forget();
      List<String> ours =
          StoppedTimer.during(() -> hosts.onClient(() -> events(server, SocketLab.factory())));
      assertThat(hosts.lab().wire().await(Segment::isSyn).payload()).isNotEmpty();
      assertThat(plain).contains("jdk.SocketWrite " + LENGTH + " " + server.getPort());
      assertThat(ours).isEqualTo(plain);
    }
  }

  /** The events of this thread: the recording sees the server's, too. */
  private List<String> events(InetSocketAddress server, SocketFactory sockets) throws IOException {
    Path file = Files.createTempFile(folder, "events", ".jfr");
    long thread = Thread.currentThread().getId();
    try (Recording recording = new Recording()) {
      recording.enable("jdk.SocketWrite").withThreshold(Duration.ZERO);
      recording.enable("jdk.SocketRead").withThreshold(Duration.ZERO);
      recording.start();
      exchange(server, sockets);
      recording.stop();
      recording.dump(file);
    }
    List<String> events = new ArrayList<>();
    for (RecordedEvent event : RecordingFile.readAllEvents(file)) {
      String name = event.getEventType().getName();
      // Another test of this JVM may have had this library's own events registered.
      if (name.startsWith("jdk.") && event.getThread().getJavaThreadId() == thread) {
        long bytes = event.getLong(name.endsWith("Write") ? "bytesWritten" : "bytesRead");
        events.add(name + " " + bytes + " " + event.getInt("port"));
      }
    }
    return events;
  }

  private static boolean exchange(InetSocketAddress server, SocketFactory sockets)
      throws IOException {
    try (Socket socket = sockets.createSocket()) {
      socket.connect(server);
      socket.getOutputStream().write(new byte[LENGTH]);
      return socket.getInputStream().readNBytes(3).length == 3;
    }
  }
}
