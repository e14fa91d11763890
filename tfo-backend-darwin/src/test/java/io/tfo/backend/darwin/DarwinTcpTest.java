package io.tfo.backend.darwin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.argThat;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.ArgumentMatchers.isNull;
import static org.mockito.Mockito.inOrder;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenOutcome;
import io.tfo.jna.NativeTcp;
import io.tfo.jna.SocketAddressLayout;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
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
 * The backend's system calls, with numbers written down from macOS' headers and not taken from the
 * backend.
 */
class DarwinTcpTest {
  private static final long MEMORY = 0x7000_0000_1000L;
  private static final String FASTOPEN = "net.inet.tcp.fastopen";
  private static final String DISABLE = "net.inet.tcp.disable_tcp_heuristics";
  private static final String FIRST_WAIT = "net.inet.tcp.ecn_timeout";
  private static final int RESUME_IDEMPOTENT = 3;
  private static final int IPPROTO_TCP = 6;
  private static final int TCP_FASTOPEN = 261;
  private static final int TCP_MAXSEG = 2;
  private static final int TCP_CONNECTION_INFO = 262;
  private static final int MSG_DONTWAIT = 0x80;
  private static final int MSG_PEEK = 2;

  private final DarwinSocketApi sockets = mock(DarwinSocketApi.class);
  private final ByteBuffer address = ByteBuffer.allocateDirect(28);
  private final ByteBuffer data = ByteBuffer.allocateDirect(4000);
  private DarwinTcp tcp;
  private final Map<String, Integer> others = new HashMap<>();
  private int sysctl = 3;

  @BeforeEach
  void answer() {
    when(sockets.addressOf(any())).thenReturn(MEMORY);
    when(sockets.sysctlbyname(any(), any(), any()))
        .thenAnswer(
            call -> {
              ByteBuffer name = call.getArgument(0);
              byte[] text = new byte[name.capacity() - 1];
              name.get(0, text);
              String asked = new String(text, StandardCharsets.US_ASCII);
              int value = asked.equals(FASTOPEN) ? sysctl : others.getOrDefault(asked, -2);
              call.<ByteBuffer>getArgument(1).putInt(0, value);
              return Math.min(value, 0);
            });
    when(sockets.recv(anyInt(), any(), anyInt(), anyInt())).thenReturn(-35);
    tcp = new DarwinTcp(sockets);
  }

  private void connectxAnswers(int result) {
    when(sockets.connectx(anyInt(), any(), anyInt(), anyInt(), any(), anyInt(), any(), any()))
        .thenReturn(result);
  }

  @Test
  void defersTheConnectAndThenSendsOnce() throws Exception {
    when(sockets.send(anyInt(), any(), anyInt(), anyInt())).thenReturn(50);

    assertThat(tcp.sendSyn(7, address, 16, data, 50)).isEqualTo(50);

    InOrder calls = inOrder(sockets);
    calls
        .verify(sockets)
        .connectx(eq(7), any(), eq(0), eq(RESUME_IDEMPOTENT), isNull(), eq(0), isNull(), isNull());
    calls.verify(sockets).send(7, data, 50, MSG_DONTWAIT);
    calls.verifyNoMoreInteractions();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, -1, -2})
  void touchesNothingWhereTheClientSideIsOff(int fastopen) throws Exception {
    sysctl = fastopen;

    assertThat(tcp.sendSyn(7, address, 16, data, 50)).isEqualTo(NativeTcp.NOT_SENT);

    verify(sockets, never())
        .connectx(anyInt(), any(), anyInt(), anyInt(), any(), anyInt(), any(), any());
    verify(sockets, never()).send(anyInt(), any(), anyInt(), anyInt());
  }

  @Test
  void pointsToTheAddressAndToNothingElse() throws Exception {
    address.put(0, (byte) 16).put(1, (byte) 2).put(2, (byte) 0x1c).put(15, (byte) 0x7f);
    when(sockets.connectx(anyInt(), any(), anyInt(), anyInt(), any(), anyInt(), any(), any()))
        .thenAnswer(
            call -> {
              ByteBuffer ends = call.getArgument(1);
              assertThat(ends.isDirect()).isTrue();
              ByteBuffer view = ends.duplicate().order(ByteOrder.nativeOrder());
              assertThat(view.getInt(0)).isZero();
              assertThat(view.getLong(8)).isZero();
              assertThat(view.getInt(16)).isZero();
              assertThat(view.getLong(24)).isEqualTo(MEMORY + 40);
              assertThat(view.getInt(32)).isEqualTo(16);
              assertThat(view.slice(40, 16)).isEqualTo(address.slice(0, 16));
              return 0;
            });

    tcp.sendSyn(7, address, 16, data, 50);
    tcp.sendSyn(8, address, 16, data, 50);

    verify(sockets, times(1)).addressOf(any());
  }

  @ParameterizedTest
  @CsvSource({"512, 472", "1024, 984", "1448, 1408", "0, 472", "-22, 472"})
  void sendsNoMoreThanASegmentOfTheRouteHolds(int segment, int most) throws Exception {
    when(sockets.getsockopt(eq(7), eq(IPPROTO_TCP), eq(TCP_MAXSEG), any(), any()))
        .thenAnswer(
            call -> {
              assertThat(call.<ByteBuffer>getArgument(4).getInt(0)).isEqualTo(4);
              call.<ByteBuffer>getArgument(3).putInt(0, segment);
              return Math.min(segment, 0);
            });
    when(sockets.send(anyInt(), any(), anyInt(), anyInt())).thenReturn(most);

    assertThat(tcp.sendSyn(7, address, 28, data, 4000)).isEqualTo(most);

    InOrder calls = inOrder(sockets);
    calls
        .verify(sockets)
        .connectx(anyInt(), any(), anyInt(), anyInt(), any(), anyInt(), any(), any());
    calls.verify(sockets).getsockopt(eq(7), anyInt(), eq(TCP_MAXSEG), any(), any());
    calls.verify(sockets).send(7, data, most, MSG_DONTWAIT);
  }

  @Test
  void sendsASynWithoutDataByAReadThatTakesNothing() throws Exception {
    assertThat(tcp.sendSyn(7, address, 28, data, 0)).isZero();

    verify(sockets).recv(eq(7), any(), eq(1), eq(MSG_DONTWAIT + MSG_PEEK));
    verify(sockets, never()).send(anyInt(), any(), anyInt(), anyInt());
  }

  @Test
  void throwsWhereTheReadFails() {
    when(sockets.recv(anyInt(), any(), anyInt(), anyInt())).thenReturn(-61);

    assertThatThrownBy(() -> tcp.sendSyn(7, address, 28, data, 0))
        .isExactlyInstanceOf(ConnectException.class)
        .hasMessage("recv: ECONNREFUSED (61)");
  }

  @ParameterizedTest
  @ValueSource(ints = {-78, -22, -47, -49, -51})
  void leavesAConnectxThatFailedToTheJdk(int error) throws Exception {
    connectxAnswers(error);

    assertThat(tcp.sendSyn(7, address, 16, data, 50)).isEqualTo(NativeTcp.NOT_SENT);

    verify(sockets, never()).send(anyInt(), any(), anyInt(), anyInt());
  }

  /** The socket is bound to its destination then: another connect is "Address already in use". */
  @Test
  void throwsWhereAPolicyDeniesTheConnect() {
    connectxAnswers(-65);

    assertThatThrownBy(() -> tcp.sendSyn(7, address, 16, data, 50))
        .isExactlyInstanceOf(NoRouteToHostException.class)
        .hasMessage("connectx: EHOSTUNREACH (65)");
  }

  @ParameterizedTest
  @CsvSource({"2, 112, false", "4, 112, true", "5, 112, true", "0, 112, false", "4, 0, false"})
  void knowsByTheStateThatAConnectIsAnswered(int state, int written, boolean answered)
      throws Exception {
    when(sockets.getsockopt(eq(7), eq(IPPROTO_TCP), eq(TCP_CONNECTION_INFO), any(), any()))
        .thenAnswer(
            call -> {
              call.<ByteBuffer>getArgument(3).put(0, (byte) state);
              call.<ByteBuffer>getArgument(4).putInt(0, written);
              return 0;
            });

    assertThat(tcp.isAnswered(7)).isEqualTo(answered);
  }

  @Test
  void namesABlackHoleThatTheJdkFindsAsATimeoutOfTheConnect() {
    SocketException blackHole = new SocketException("No message available on STREAM");
    assertThat(tcp.connectFailure(blackHole))
        .isExactlyInstanceOf(ConnectException.class)
        .hasMessage("ENODATA (96): No message available on STREAM")
        .hasCause(blackHole);
    IOException other = new ConnectException("Connection refused");
    assertThat(tcp.connectFailure(other)).isSameAs(other);
  }

  @Test
  void waitsForAConnectThatWasNotDeferred() throws Exception {
    connectxAnswers(-36);

    assertThat(tcp.sendSyn(7, address, 16, data, 50)).isZero();

    verify(sockets, never()).send(anyInt(), any(), anyInt(), anyInt());
  }

  @Test
  void throwsWhereTheFirstWriteFailsBecauseNoSynWillCome() {
    when(sockets.send(anyInt(), any(), anyInt(), anyInt())).thenReturn(-65, -57, -96, -35);

    assertThatThrownBy(() -> tcp.sendSyn(7, address, 16, data, 50))
        .isExactlyInstanceOf(NoRouteToHostException.class)
        .hasMessage("send: EHOSTUNREACH (65)");
    assertThatThrownBy(() -> tcp.sendSyn(7, address, 16, data, 50))
        .isExactlyInstanceOf(ConnectException.class)
        .hasMessage("send: ENOTCONN (57)");
    assertThatThrownBy(() -> tcp.sendSyn(7, address, 16, data, 50))
        .isExactlyInstanceOf(ConnectException.class)
        .hasMessage("send: ENODATA (96)");
    assertThatThrownBy(() -> tcp.sendSyn(7, address, 16, data, 50)).hasMessage("send: EAGAIN (35)");
  }

  @Test
  void needsANonBlockingDescriptorAndLaysAddressesOutAsMacOsDoes() {
    assertThat(tcp.needsNonBlockingDescriptor()).isTrue();
    assertThat(tcp.addresses()).isEqualTo(SocketAddressLayout.DARWIN);
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

  @ParameterizedTest
  @CsvSource({
    "3,AVAILABLE,AVAILABLE,client and server",
    "2,AVAILABLE,DISABLED,client only",
    "1,DISABLED,AVAILABLE,server only",
    "0,DISABLED,DISABLED,off",
    "-1,DISABLED,DISABLED,EPERM (1)",
    "-2,UNSUPPORTED,UNSUPPORTED,no net.inet.tcp.fastopen"
  })
  void readsTheBitsTheOtherWayRoundFromLinux(
      int value,
      FastOpenCapability.Status client,
      FastOpenCapability.Status server,
      String detail) {
    sysctl = value;

    assertThat(tcp.client().status()).isEqualTo(client);
    assertThat(tcp.server().status()).isEqualTo(server);
    assertThat(tcp.client().detail()).contains("net.inet.tcp.fastopen", detail);
    if (value >= 0 && client == FastOpenCapability.Status.DISABLED) {
      assertThat(tcp.client().remedy()).contains("sysctl net.inet.tcp.fastopen=3");
    }
  }

  @Test
  void tellsWhetherTheHeuristicsAreOnAndForHowLongTheySwitchOff() {
    others.putAll(Map.of(DISABLE, 0, FIRST_WAIT, 5));
    assertThat(tcp.client().status()).isEqualTo(FastOpenCapability.Status.AVAILABLE);
    assertThat(tcp.client().detail())
        .contains(DISABLE + "=0: two connects", "for 5 minutes at first (" + FIRST_WAIT + ")");
    assertThat(tcp.client().remedy()).isEmpty();
    assertThat(tcp.server().detail()).doesNotContain("heuristics");

    others.remove(FIRST_WAIT);
    assertThat(tcp.client().detail()).endsWith("for every process");

    others.put(DISABLE, 1);
    assertThat(tcp.client().detail()).endsWith(DISABLE + "=1: no loss switches it off");

    sysctl = 1;
    assertThat(tcp.client().detail()).isEqualTo(FASTOPEN + "=1: server only");
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, -2})
  void saysNothingOfHeuristicsWhereTheKernelDoesNot(int disable) {
    others.put(DISABLE, disable);

    assertThat(tcp.client())
        .isEqualTo(FastOpenCapability.available(FASTOPEN + "=3: client and server"));
  }

  @Test
  void isUnsupportedWithTheReasonWhereThereIsNoConnectx() throws Exception {
    connectxAnswers(-22);
    tcp.probe(7);
    connectxAnswers(-78);

    assertThatThrownBy(() -> tcp.probe(7))
        .isInstanceOf(IOException.class)
        .hasMessage("connectx: ENOSYS (78): macOS before 10.11");
    verify(sockets, times(2))
        .connectx(eq(7), isNull(), eq(0), anyInt(), isNull(), eq(0), isNull(), isNull());
  }

  @ParameterizedTest
  @CsvSource({
    // bits of tcpi_tfo_*, bytes written, client, server
    "0x19, 112, SYN_DATA_ACKED, NOT_ATTEMPTED",
    "0x0c, 112, SYN_RETRANSMITTED, NOT_ATTEMPTED",
    "0x08, 104, SYN_DATA_NOT_ACKED, NOT_ATTEMPTED",
    "0x408, 112, SYN_DATA_NOT_ACKED, NOT_ATTEMPTED",
    "0x03, 104, COOKIE_REQUESTED, NOT_ATTEMPTED",
    "0x01, 112, COOKIE_REQUESTED, NOT_ATTEMPTED",
    "0x05, 112, SYN_RETRANSMITTED, NOT_ATTEMPTED",
    "0x800, 112, NOT_ATTEMPTED, NOT_ATTEMPTED",
    "0x00, 56, NOT_ATTEMPTED, NOT_ATTEMPTED",
    "0x20, 112, NOT_ATTEMPTED, SYN_DATA_ACKED",
    "0xc0, 112, NOT_ATTEMPTED, NOT_ATTEMPTED",
    "0x30, 55, UNKNOWN, UNKNOWN"
  })
  void readsTheOutcomeFromEachBitThatTellsIt(
      String bits, int written, FastOpenOutcome client, FastOpenOutcome server) throws Exception {
    when(sockets.getsockopt(eq(7), eq(IPPROTO_TCP), eq(TCP_CONNECTION_INFO), any(), any()))
        .thenAnswer(
            call -> {
              ByteBuffer info = call.getArgument(3);
              ByteBuffer length = call.getArgument(4);
              assertThat(length.getInt(0)).isEqualTo(info.capacity()).isGreaterThan(112);
              info.putInt(52, Integer.decode(bits));
              length.putInt(0, written);
              return 0;
            });

    assertThat(tcp.connectOutcome(7)).isEqualTo(client);
    assertThat(tcp.acceptOutcome(7)).isEqualTo(server);
  }

  @Test
  void throwsWhereTheKernelDoesNotTellTheOutcome() {
    when(sockets.getsockopt(anyInt(), anyInt(), anyInt(), any(), any())).thenReturn(-22);

    assertThatThrownBy(() -> tcp.connectOutcome(7))
        .hasMessage("getsockopt TCP_CONNECTION_INFO: EINVAL (22)");
    assertThatThrownBy(() -> tcp.acceptOutcome(7)).isInstanceOf(IOException.class);
  }
}
