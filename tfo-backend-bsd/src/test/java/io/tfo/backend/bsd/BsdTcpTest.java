package io.tfo.backend.bsd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.argThat;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.inOrder;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenOutcome;
import io.tfo.jna.NativeTcp;
import io.tfo.jna.SocketAddressLayout;
import java.io.IOException;
import java.net.BindException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mockito.InOrder;

/**
 * The backend's system calls, with numbers written down from FreeBSD's headers and not taken from
 * the backend.
 */
class BsdTcpTest {
  private static final int NOSIGNAL_DONTWAIT = 0x20000 + 0x80;
  private static final int IPPROTO_TCP = 6;
  private static final int TCP_FASTOPEN = 1025;
  private static final int TCP_INFO = 32;
  private static final String CLIENT = "net.inet.tcp.fastopen.client_enable";
  private static final String PATH_DISABLE_TIME = "net.inet.tcp.fastopen.path_disable_time";
  private static final String SERVER = "net.inet.tcp.fastopen.server_enable";

  private final Map<String, Integer> sysctls = new HashMap<>(Map.of(CLIENT, 1, SERVER, 1));
  private final BsdSocketApi sockets = mock(BsdSocketApi.class);
  private final BsdTcp tcp = new BsdTcp(sockets);
  private final ByteBuffer address = ByteBuffer.allocateDirect(28);
  private final ByteBuffer data = ByteBuffer.allocateDirect(100);

  @BeforeEach
  void answerSysctls() {
    when(sockets.sysctlbyname(any(), any(), any()))
        .thenAnswer(
            call -> {
              ByteBuffer name = call.getArgument(0);
              byte[] text = new byte[name.capacity() - 1];
              name.get(0, text);
              Integer value = sysctls.get(new String(text, StandardCharsets.US_ASCII));
              if (value == null) {
                return -2;
              }
              call.<ByteBuffer>getArgument(1).putInt(0, value);
              return value < 0 ? value : 0;
            });
  }

  @Test
  void setsTheOptionAndThenSendsWithoutWaiting() throws Exception {
    int[] option = new int[1];
    when(sockets.setsockopt(anyInt(), anyInt(), anyInt(), any(), anyInt()))
        .thenAnswer(
            call -> {
              ByteBuffer value = call.getArgument(3);
              option[0] = value.order(ByteOrder.nativeOrder()).getInt(0);
              return 0;
            });
    when(sockets.sendto(anyInt(), any(), anyInt(), anyInt(), any(), anyInt())).thenReturn(50);

    assertThat(tcp.sendSyn(7, address, 16, data, 50)).isEqualTo(50);

    assertThat(option[0]).isEqualTo(1);
    InOrder calls = inOrder(sockets);
    calls.verify(sockets).setsockopt(eq(7), eq(IPPROTO_TCP), eq(TCP_FASTOPEN), any(), eq(4));
    calls.verify(sockets).sendto(7, data, 50, NOSIGNAL_DONTWAIT, address, 16);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, -42, -22})
  void neverSendsWhereTheOptionFailed(int error) throws Exception {
    when(sockets.setsockopt(anyInt(), anyInt(), anyInt(), any(), anyInt())).thenReturn(error);

    assertThat(tcp.sendSyn(7, address, 16, data, 50)).isEqualTo(NativeTcp.NOT_SENT);

    verify(sockets, never()).sendto(anyInt(), any(), anyInt(), anyInt(), any(), anyInt());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, -2})
  void touchesNothingWhereTheClientSideIsOff(int clientEnable) throws Exception {
    sysctls.put(CLIENT, clientEnable);

    assertThat(tcp.sendSyn(7, address, 16, data, 50)).isEqualTo(NativeTcp.NOT_SENT);

    verify(sockets, never()).setsockopt(anyInt(), anyInt(), anyInt(), any(), anyInt());
    verify(sockets, never()).sendto(anyInt(), any(), anyInt(), anyInt(), any(), anyInt());
  }

  @Test
  void throwsWhereSendtoFailsBecauseTheDataMayBeQueued() {
    when(sockets.sendto(anyInt(), any(), anyInt(), anyInt(), any(), anyInt())).thenReturn(-49);

    assertThatThrownBy(() -> tcp.sendSyn(7, address, 16, data, 50))
        .isExactlyInstanceOf(BindException.class)
        .hasMessage("sendto: EADDRNOTAVAIL (49)");
  }

  @Test
  void needsNoOtherModeAndLaysAddressesOutAsFreeBsdDoes() {
    assertThat(tcp.needsNonBlockingDescriptor()).isFalse();
    assertThat(tcp.addresses()).isEqualTo(SocketAddressLayout.BSD);
  }

  @ParameterizedTest
  @CsvSource({"1234, 1", "0, 0"})
  void switchesAListenerByOneOrZeroAndNotByAQueue(int backlog, int option) {
    tcp.acceptFastOpen(9, backlog);

    verify(sockets)
        .setsockopt(
            eq(9),
            eq(IPPROTO_TCP),
            eq(TCP_FASTOPEN),
            argThat(value -> value.duplicate().order(ByteOrder.nativeOrder()).getInt(0) == option),
            eq(4));
  }

  @Test
  void tellsEachSideWithItsOwnRemedy() {
    sysctls.put(SERVER, 0);

    assertThat(tcp.client()).isEqualTo(FastOpenCapability.available(CLIENT + "=1"));
    assertThat(tcp.server())
        .isEqualTo(FastOpenCapability.disabled(SERVER + "=0", "sysctl " + SERVER + "=1"));

    sysctls.put(CLIENT, 0);
    assertThat(tcp.client().remedy()).contains("sysctl " + CLIENT + "=1");
    sysctls.put(CLIENT, -1);
    assertThat(tcp.client().status()).isEqualTo(FastOpenCapability.Status.DISABLED);
    assertThat(tcp.client().detail()).contains("EPERM (1)");
  }

  @Test
  void tellsForHowManySecondsAPathIsSwitchedOff() {
    sysctls.put(PATH_DISABLE_TIME, 60);
    assertThat(tcp.client().status()).isEqualTo(FastOpenCapability.Status.AVAILABLE);
    assertThat(tcp.client().detail()).contains(PATH_DISABLE_TIME + "=60", "plain for 60 seconds");
    assertThat(tcp.client().remedy()).isEmpty();
    assertThat(tcp.server().detail()).doesNotContain(PATH_DISABLE_TIME);

    sysctls.put(CLIENT, 0);
    assertThat(tcp.client().detail()).isEqualTo(CLIENT + "=0");
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, -2, 0})
  void saysNothingOfAPathWhereTheKernelDoesNot(int pathDisableTime) {
    sysctls.put(PATH_DISABLE_TIME, pathDisableTime);

    assertThat(tcp.client()).isEqualTo(FastOpenCapability.available(CLIENT + "=1"));
  }

  @Test
  void isUnsupportedWithTheReasonWhereTheKernelHasNoSuchSysctl() throws IOException {
    tcp.probe(7);
    sysctls.clear();

    assertThatThrownBy(() -> tcp.probe(7))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(CLIENT)
        .hasMessageContaining("before 12")
        .hasMessageContaining("TCP_RFC7413");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, Integer.MIN_VALUE})
  void readsTheServersOutcomeFromTheOptionWhateverItsSign(int option) throws Exception {
    when(sockets.getsockopt(eq(7), eq(IPPROTO_TCP), eq(TCP_FASTOPEN), any(), any()))
        .thenAnswer(
            call -> {
              assertThat(call.<ByteBuffer>getArgument(4).getInt(0)).isEqualTo(4);
              call.<ByteBuffer>getArgument(3).putInt(0, option);
              return 0;
            });

    assertThat(tcp.acceptOutcome(7))
        .isEqualTo(option == 0 ? FastOpenOutcome.NOT_ATTEMPTED : FastOpenOutcome.SYN_DATA_ACKED);
    assertThat(tcp.connectOutcome(7)).isEqualTo(FastOpenOutcome.UNKNOWN);
  }

  /** A listener that logs each outcome must not fail because a client has gone. */
  @Test
  void doesNotKnowTheOutcomeOfAConnectionThatThePeerHasReset() throws Exception {
    when(sockets.getsockopt(anyInt(), anyInt(), anyInt(), any(), any())).thenReturn(-54);

    assertThat(tcp.acceptOutcome(7)).isEqualTo(FastOpenOutcome.UNKNOWN);
  }

  @Test
  void throwsWhereTheKernelDoesNotTellTheOutcome() {
    when(sockets.getsockopt(anyInt(), anyInt(), anyInt(), any(), any())).thenReturn(-22);

    assertThatThrownBy(() -> tcp.acceptOutcome(7))
        .isInstanceOf(IOException.class)
        .hasMessage("getsockopt TCP_FASTOPEN: EINVAL (22)");
  }

  /** The option, and the state in the first byte of tcp_info. */
  private void tell(int option, int state) {
    when(sockets.getsockopt(eq(7), eq(IPPROTO_TCP), anyInt(), any(), any()))
        .thenAnswer(
            call -> {
              ByteBuffer value = call.getArgument(3);
              if (call.<Integer>getArgument(2) == TCP_FASTOPEN) {
                value.putInt(0, option);
              } else {
                assertThat(call.<Integer>getArgument(2)).isEqualTo(TCP_INFO);
                value.put(0, (byte) state);
              }
              return 0;
            });
  }

  @ParameterizedTest
  @CsvSource({
    "0, 2, NOT_ATTEMPTED, ANSWERED", // a disabled path: off before the SYN-ACK
    "0, 4, UNKNOWN, UNKNOWN", // off after the SYN-ACK, which may have acknowledged the data
    "-2147483648, 2, UNKNOWN, ANSWERED",
    "-2147483648, 4, UNKNOWN, ANSWERED"
  })
  void tellsOfASynThatWasPlainOnADisabledPath(
      int option, int state, FastOpenOutcome outcome, NativeTcp.FirstSyn firstSyn)
      throws Exception {
    sysctls.put(PATH_DISABLE_TIME, 60);
    tell(option, state);
    tcp.sendSyn(7, address, 16, data, 50);

    assertThat(tcp.connectOutcome(7)).isEqualTo(outcome);
    assertThat(tcp.firstSyn(7)).isEqualTo(firstSyn);
    assertThat(tcp.client().detail().contains("1 of this process's connects were plain"))
        .isEqualTo(outcome == FastOpenOutcome.NOT_ATTEMPTED);

    tell(Integer.MIN_VALUE, 2);
    tcp.sendSyn(7, address, 16, data, 50);
    assertThat(tcp.connectOutcome(7)).isEqualTo(FastOpenOutcome.UNKNOWN);
  }
}
