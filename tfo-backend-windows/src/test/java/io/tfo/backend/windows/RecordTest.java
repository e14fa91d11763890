package io.tfo.backend.windows;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.Native;
import io.tfo.jna.ClockedBackend;
import io.tfo.spi.FastOpenBackend;
import io.tfo.testkit.RecordTests;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

class RecordTest extends RecordTests<WindowsSocketApi> {
  RecordTest() {
    super("windows", WindowsSocketApi.class);
  }

  @Override
  protected WindowsSocketApi simulated() {
    return new SimulatedWinsock(Deviation.NONE);
  }

  @Override
  protected WindowsSocketApi real() {
    return WindowsSocketApi.load();
  }

  /** How long a busy machine takes for a simulated connect says nothing about its SYN. */
  @Override
  protected FastOpenBackend backend(WindowsSocketApi system) {
    FastOpenBackend backend = new WindowsOver("windows", system, "Windows", Native.POINTER_SIZE);
    return isHere() ? backend : ClockedBackend.stopped(backend);
  }

  @Override
  protected boolean isHere() {
    return System.getProperty("os.name").startsWith("Windows");
  }

  /** One thread of the library asks for completions, and how often depends on their times. */
  @Override
  protected String[] unrecorded() {
    return new String[] {"GetQueuedCompletionStatus", "WSAGetOverlappedResult", "CancelIoEx"};
  }

  /**
   * Answers two questions that Microsoft's pages leave open. Does ConnectEx wait for the server's
   * delayed ACK of the data, and is that far from what counts as a lost SYN? Does the option tell
   * of a connected socket?
   */
  @Override
  protected void check(List<String> record) {
    super.check(record);
    String times = String.join("\n", record);
    Matcher silent =
        Pattern.compile("neither reads nor writes(?s:.*?)connected true # after (\\d+) ms")
            .matcher(times);
    assertThat(silent.find()).as("the connect to a silent server").isTrue();
    assertThat(Long.parseLong(silent.group(1))).as("its milliseconds").isLessThan(950);
    assertThat(record)
        .as("getsockopt TCP_FASTOPEN on connected sockets")
        .filteredOn(line -> line.startsWith("getsockopt 6 15"))
        .isNotEmpty()
        .allMatch(line -> line.endsWith(" -> 0"));
  }
}
