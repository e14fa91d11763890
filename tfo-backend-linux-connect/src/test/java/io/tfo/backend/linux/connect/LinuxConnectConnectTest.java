package io.tfo.backend.linux.connect;

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

/** On this kernel, a connect works or fails as the JDK's, whatever a system call answers. */
@Timeout(60)
@EnabledOnOs(OS.LINUX)
class LinuxConnectConnectTest {
  private static final int SIZE = 100_000;

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "ENOPROTOOPT")
  void connectsAndDeliversExactlyTheDataWhateverTheOptionAnswers(Errno errno) throws Exception {
    Delivery.deliver(backend(refusingTheOption(errno)), SIZE);
  }

  @ParameterizedTest
  @EnumSource
  void connectsAndDeliversExactlyTheDataWhateverConnectAnswers(Errno errno) throws Exception {
    Delivery.deliver(backend(refusingTheConnect(errno)), SIZE);
  }

  @ParameterizedTest
  @EnumSource
  void throwsWhatTheJdkThrowsWhateverConnectAnswers(Errno errno) throws Exception {
    Delivery.isRefused(backend(refusingTheConnect(errno)));
  }

  @Test
  void connectsOnAKernelThatDoesNotKnowTheOption() throws Exception {
    FastOpenBackend backend = backend(refusingTheOption(Errno.ENOPROTOOPT));

    Delivery.deliver(backend, SIZE);
    Delivery.isRefused(backend);

    assertThat(backend.connector().capability().detail()).contains("Linux before 4.11");
  }

  @Test
  void connectsByTheKernelsOwnAnswer() throws Exception {
    Delivery.deliver(new LinuxConnectBackend(), SIZE);
    Delivery.isRefused(new LinuxConnectBackend());
  }

  private static LinuxSocketApi refusingTheOption(Errno errno) {
    return new KernelWith() {
      @Override
      public int setsockopt(int fd, int level, int name, ByteBuffer value, int length) {
        return errno.result();
      }
    };
  }

  private static LinuxSocketApi refusingTheConnect(Errno errno) {
    return new KernelWith() {
      @Override
      public int connect(int fd, ByteBuffer address, int length) {
        return errno.result();
      }
    };
  }

  private static FastOpenBackend backend(LinuxSocketApi sockets) {
    return new FreshBackend("scripted", () -> new LinuxConnectTcp(sockets, "6.1"));
  }
}
