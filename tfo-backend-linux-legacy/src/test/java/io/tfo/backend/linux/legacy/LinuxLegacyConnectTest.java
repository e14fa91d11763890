package io.tfo.backend.linux.legacy;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.jna.FreshBackend;
import io.tfo.jna.test.Delivery;
import io.tfo.linux.LinuxSocketApi;
import io.tfo.linux.test.Errno;
import io.tfo.linux.test.KernelWith;
import io.tfo.spi.FastOpenBackend;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** On this kernel, a connect works or fails as the JDK's, whatever the system call answers. */
@Timeout(60)
@EnabledOnOs(OS.LINUX)
class LinuxLegacyConnectTest {
  private static final int SIZE = 100_000;

  @ParameterizedTest
  @EnumSource
  void connectsAndDeliversExactlyTheDataWhateverSendtoAnswers(Errno errno) throws Exception {
    Delivery.deliver(answering(errno), SIZE);
  }

  @ParameterizedTest
  @EnumSource
  void throwsWhatTheJdkThrowsWhateverSendtoAnswers(Errno errno) throws Exception {
    Delivery.isRefused(answering(errno));
  }

  @Test
  void connectsOnAKernelThatDoesNotKnowTheFlag() throws Exception {
    int[] answer = new int[1];
    FastOpenBackend backend =
        backend(
            new KernelWith() {
              @Override
              public int sendto(
                  int fd, ByteBuffer data, int size, int flags, ByteBuffer to, int length) {
                answer[0] = kernel.sendto(fd, data, size, flags & ~MSG_FASTOPEN, to, length);
                return answer[0];
              }
            });

    Delivery.deliver(backend, SIZE);

    assertThat(answer[0]).isEqualTo(Errno.EPIPE.result());
  }

  @Test
  void connectsByTheKernelsOwnAnswer() throws Exception {
    Delivery.deliver(new LinuxLegacyBackend(), SIZE);
  }

  @Test
  void throwsWhatTheJdkThrowsByTheKernelsOwnAnswer() throws Exception {
    Delivery.isRefused(new LinuxLegacyBackend());
  }

  private static FastOpenBackend answering(Errno errno) {
    return backend(
        new KernelWith() {
          @Override
          public int sendto(
              int fd, ByteBuffer data, int size, int flags, ByteBuffer to, int length) {
            return errno.result();
          }
        });
  }

  private static FastOpenBackend backend(LinuxSocketApi sockets) {
    return new FreshBackend("scripted", () -> new LinuxLegacyTcp(sockets, "6.1"));
  }
}
