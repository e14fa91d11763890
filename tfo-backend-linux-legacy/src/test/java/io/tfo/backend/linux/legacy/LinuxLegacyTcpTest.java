package io.tfo.backend.linux.legacy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.clearInvocations;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.verifyNoInteractions;
import static org.mockito.Mockito.verifyNoMoreInteractions;
import static org.mockito.Mockito.when;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenKeyOwner;
import io.tfo.FastOpenOutcome;
import io.tfo.jna.NativeTcp;
import io.tfo.jna.SocketAddressLayout;
import io.tfo.linux.LinuxSocketApi;
import io.tfo.linux.test.Errno;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The backend's system calls, with numbers written down from Linux's headers and not taken from the
 * backend.
 */
class LinuxLegacyTcpTest {
  private static final int MSG_FASTOPEN_DONTWAIT_NOSIGNAL = 0x20000000 + 0x40 + 0x4000;
  private static final int IPPROTO_TCP = 6;
  private static final int SOL_SOCKET = 1;
  private static final int SO_PROTOCOL = 38;
  private static final int TCP_INFO = 11;
  private static final int TCP_FASTOPEN = 23;
  private static final int EAFNOSUPPORT = -97;

  private final LinuxSocketApi sockets = mock(LinuxSocketApi.class);
  private final LinuxLegacyTcp tcp = new LinuxLegacyTcp(sockets, "6.1.0-13-amd64");
  private final ByteBuffer address = ByteBuffer.allocateDirect(28);
  private final ByteBuffer data = ByteBuffer.allocateDirect(100);

  @Test
  void sendsTheSynByOneCallThatDoesNotWait() {
    when(sockets.sendto(anyInt(), any(), anyInt(), anyInt(), any(), anyInt())).thenReturn(33);

    assertThat(tcp.sendSyn(7, address, 16, data, 50)).isEqualTo(33);

    verify(sockets).sendto(7, data, 50, MSG_FASTOPEN_DONTWAIT_NOSIGNAL, address, 16);
    verifyNoMoreInteractions(sockets);
  }

  @Test
  void tellsThatNoByteWasTaken() {
    when(sockets.sendto(anyInt(), any(), anyInt(), anyInt(), any(), anyInt()))
        .thenReturn(-Errno.EINPROGRESS, 0);

    assertThat(tcp.sendSyn(7, address, 28, data, 50)).isZero();
    assertThat(tcp.sendSyn(7, address, 28, data, 0)).as("the SYN has none").isZero();
  }

  @ParameterizedTest
  @EnumSource
  void leavesEveryOtherErrorToTheJdkAndTriesNothingElse(Errno errno) {
    when(sockets.sendto(anyInt(), any(), anyInt(), anyInt(), any(), anyInt()))
        .thenReturn(errno.result());

    assertThat(tcp.sendSyn(7, address, 28, data, 50)).isEqualTo(NativeTcp.NOT_SENT);

    verify(sockets).sendto(7, data, 50, MSG_FASTOPEN_DONTWAIT_NOSIGNAL, address, 28);
    verifyNoMoreInteractions(sockets);
  }

  @Test
  void triesItsCallsOnceWithAnAddressOfAnotherFamily() {
    int[] family = new int[1];
    when(sockets.sendto(anyInt(), any(), anyInt(), anyInt(), any(), anyInt()))
        .thenAnswer(
            call -> {
              ByteBuffer address = call.getArgument(4);
              family[0] = address.order(ByteOrder.nativeOrder()).getShort(0);
              return EAFNOSUPPORT;
            });

    tcp.probe(7);

    assertThat(family[0]).as("AF_UNIX").isEqualTo(1);
    verify(sockets).sendto(eq(7), any(), eq(0), eq(MSG_FASTOPEN_DONTWAIT_NOSIGNAL), any(), eq(28));
    verify(sockets).setsockopt(eq(7), eq(IPPROTO_TCP), eq(TCP_FASTOPEN), any(), eq(4));
    verify(sockets).getsockopt(eq(7), eq(IPPROTO_TCP), eq(TCP_INFO), any(), any());
    verify(sockets).getsockopt(eq(7), eq(SOL_SOCKET), eq(SO_PROTOCOL), any(), any());
    verifyNoMoreInteractions(sockets);
    assertThat(tcp.sendSyn(7, address, 28, data, 50)).as("the call is made").isNotZero();
    assertThat(tcp.needsNonBlockingDescriptor()).isFalse();
    assertThat(tcp.addresses()).isEqualTo(SocketAddressLayout.LINUX);
  }

  @Test
  void makesNoCallWhereTheSocketsAreThoseOfMptcp() {
    when(sockets.getsockopt(anyInt(), eq(SOL_SOCKET), eq(SO_PROTOCOL), any(), any()))
        .thenAnswer(
            call -> {
              ByteBuffer protocol = call.getArgument(3);
              protocol.putInt(0, 262);
              return 0;
            });

    tcp.probe(7);

    assertThat(tcp.sendSyn(7, address, 28, data, 50)).isEqualTo(NativeTcp.NOT_SENT);
    assertThat(tcp.client().status()).isEqualTo(FastOpenCapability.Status.UNSUPPORTED);
    assertThat(tcp.client().detail()).contains("MPTCP");
    assertThat(tcp.client().remedy()).isPresent();
    verify(sockets, never()).sendto(anyInt(), any(), anyInt(), anyInt(), any(), anyInt());
  }

  @ParameterizedTest
  @CsvSource({
    "EPERM, 'EPERM (1): a filter'",
    "EACCES, 'EACCES (13): a filter'",
    "ENOSYS, 'ENOSYS (38): a filter'",
    "EPIPE, 'EPIPE (32): Linux before 3.7'",
    "EINVAL, 'EINVAL (22): Linux before 3.7'"
  })
  void makesNoCallThatIsRefused(Errno errno, String reason) {
    when(sockets.sendto(anyInt(), any(), anyInt(), anyInt(), any(), anyInt()))
        .thenReturn(errno.result());
    tcp.probe(7);
    clearInvocations(sockets);

    assertThat(tcp.sendSyn(7, address, 28, data, 50)).isEqualTo(NativeTcp.NOT_SENT);

    verifyNoInteractions(sockets);
    assertThat(tcp.client().status()).isEqualTo(FastOpenCapability.Status.UNSUPPORTED);
    assertThat(tcp.client().detail()).startsWith("sendto MSG_FASTOPEN: " + reason);
    assertThat(tcp.client().remedy()).isPresent();
  }

  @ParameterizedTest
  @EnumSource(names = {"EOPNOTSUPP", "ENOMEM", "ENOBUFS", "EINTR", "EAGAIN"})
  void takesNoOtherAnswerForARefusalBecauseSettingsChange(Errno errno) {
    when(sockets.sendto(anyInt(), any(), anyInt(), anyInt(), any(), anyInt()))
        .thenReturn(errno.result(), 33);
    tcp.probe(7);

    assertThat(tcp.sendSyn(7, address, 28, data, 50)).isEqualTo(33);
  }

  @Test
  void switchesNoListenerOnWhereThatIsRefusedAndSaysSo() {
    when(sockets.setsockopt(anyInt(), anyInt(), anyInt(), any(), anyInt()))
        .thenReturn(Errno.EPERM.result());
    tcp.probe(7);

    FastOpenCapability server = tcp.server();
    assumeTrue(server.status() != FastOpenCapability.Status.DISABLED, "off on this machine");

    assertThat(server.detail()).startsWith("setsockopt TCP_FASTOPEN: EPERM (1): a filter");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, -22, -92, -95})
  void switchesAListenerOnWhateverTheKernelAnswers(int result) {
    int[] queue = new int[1];
    when(sockets.setsockopt(anyInt(), anyInt(), anyInt(), any(), anyInt()))
        .thenAnswer(
            call -> {
              ByteBuffer value = call.getArgument(3);
              queue[0] = value.order(ByteOrder.nativeOrder()).getInt(0);
              return result;
            });

    tcp.acceptFastOpen(9, 1234);

    assertThat(queue[0]).isEqualTo(1234);
    verify(sockets).setsockopt(eq(9), eq(IPPROTO_TCP), eq(TCP_FASTOPEN), any(), eq(4));
    verifyNoMoreInteractions(sockets);
  }

  @Test
  void readsBothOutcomes() throws Exception {
    when(sockets.getsockopt(anyInt(), eq(IPPROTO_TCP), eq(TCP_INFO), any(), any()))
        .thenAnswer(
            call -> {
              ByteBuffer info = call.getArgument(3);
              ByteBuffer length = call.getArgument(4);
              assertThat(length.getInt(0)).isEqualTo(info.capacity()).isGreaterThan(280);
              info.put(5, (byte) 0x20);
              length.putInt(0, 232);
              return 0;
            });

    assertThat(tcp.connectOutcome(7)).isEqualTo(FastOpenOutcome.SYN_DATA_ACKED);
    assertThat(tcp.acceptOutcome(7)).isEqualTo(FastOpenOutcome.SYN_DATA_ACKED);
  }

  @Test
  void readsIntoABufferThatNoOtherCallUsesMeanwhile() throws Exception {
    List<ByteBuffer> inUse = new ArrayList<>();
    when(sockets.getsockopt(anyInt(), eq(IPPROTO_TCP), eq(TCP_INFO), any(), any()))
        .thenAnswer(
            call -> {
              ByteBuffer info = call.getArgument(3);
              assertThat(inUse).noneMatch(other -> other == info);
              inUse.add(info);
              if (inUse.size() < 3) {
                tcp.connectOutcome(8);
              }
              return 0;
            });

    tcp.connectOutcome(7);

    assertThat(inUse).hasSize(3);
  }

  @ParameterizedTest
  @CsvSource({"5.4.300, UNKNOWN", "5.5.0, COOKIE_REQUESTED"})
  void believesTheReasonFromLinux55On(String release, FastOpenOutcome outcome) throws Exception {
    boolean little = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
    when(sockets.getsockopt(anyInt(), anyInt(), anyInt(), any(), any()))
        .thenAnswer(
            call -> {
              ByteBuffer info = call.getArgument(3);
              info.put(7, (byte) (little ? 1 << 1 : 1 << 5));
              return 0;
            });

    assertThat(new LinuxLegacyTcp(sockets, release).connectOutcome(7)).isEqualTo(outcome);
  }

  @Test
  void throwsWhereTheKernelDoesNotTellTheOutcome() {
    when(sockets.getsockopt(anyInt(), anyInt(), anyInt(), any(), any()))
        .thenReturn(Errno.ENOPROTOOPT.result());

    assertThatThrownBy(() -> tcp.connectOutcome(7))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("TCP_INFO")
        .hasMessageContaining("92");
    assertThatThrownBy(() -> tcp.acceptOutcome(7)).isInstanceOf(IOException.class);
  }

  @Test
  void setsThePrimaryKeyAloneWhereTheKernelTakesNoBackupKey() {
    when(sockets.setsockopt(anyInt(), anyInt(), eq(33), any(), eq(32))).thenReturn(-22);
    ByteBuffer keys = ByteBuffer.allocateDirect(32);

    assertThat(tcp.setKeys(7, keys, 32)).isTrue();

    verify(sockets).setsockopt(7, IPPROTO_TCP, 33, keys, 32);
    verify(sockets).setsockopt(7, IPPROTO_TCP, 33, keys, 16);
    verifyNoMoreInteractions(sockets);
  }

  @ParameterizedTest
  @EnumSource
  void saysThatAListenerHasNotTakenItsKeys(Errno errno) {
    when(sockets.setsockopt(anyInt(), anyInt(), eq(33), any(), anyInt()))
        .thenReturn(errno.result());

    assertThat(tcp.setKeys(7, ByteBuffer.allocateDirect(16), 16)).isFalse();
    assertThat(tcp.setKeys(7, ByteBuffer.allocateDirect(32), 32)).isFalse();
    assertThat(tcp.keyOwner()).isEqualTo(FastOpenKeyOwner.MACHINE);
  }

  @ParameterizedTest
  @EnumSource
  void saysThatASocketDoesNotGoWithoutACookie(Errno errno) {
    when(sockets.setsockopt(anyInt(), anyInt(), eq(34), any(), anyInt()))
        .thenReturn(errno.result());

    assertThat(tcp.withoutCookie(7)).isFalse();
    verify(sockets).setsockopt(eq(7), eq(IPPROTO_TCP), eq(34), any(), eq(4));
  }
}
