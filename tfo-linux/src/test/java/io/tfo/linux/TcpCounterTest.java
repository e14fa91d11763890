package io.tfo.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class TcpCounterTest {
  @TempDir private Path folder;

  private Path file(String name, String text) throws Exception {
    return Files.writeString(folder.resolve(name), text);
  }

  @Test
  void isReadFromTheNextFileWhereAnOldKernelLacksTheFirst() throws Exception {
    Path process = file("process", "TcpExt: SyncookiesSent TCPTimeouts\nTcpExt: 3 4\nIpExt: A\n");

    assertThat(TcpCounter.value("TCPTimeouts", List.of(folder.resolve("thread"), process)))
        .hasValue(4);
  }

  @Test
  void isReadFromTheFirstFileThatHasIt() throws Exception {
    Path thread = file("thread", "TcpExt: TCPTimeouts\nTcpExt: 1\n");
    Path process = file("process", "TcpExt: TCPTimeouts\nTcpExt: 2\n");

    assertThat(TcpCounter.value("TCPTimeouts", List.of(thread, process))).hasValue(1);
  }

  @Test
  void isEmptyWhereNoFileHasIt() throws Exception {
    Path other = file("other", "TcpExt: SyncookiesSent\nTcpExt: 3\n");

    assertThat(TcpCounter.value("TCPTimeouts", List.of(other, folder.resolve("none")))).isEmpty();
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void isReadHere() {
    assertThat(TcpCounter.value("TCPTimeouts")).isPresent();
  }
}
