package io.tfo.backend.windows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfo.lab.simulation.LinuxCalls;
import java.lang.ref.WeakReference;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The simulated Winsock is as strict as Windows. Numbers are those of its headers. */
@EnabledOnOs(OS.LINUX)
class SimulatedWinsockTest {
  private static final String CONNECTEX = "b907a225f3dd60468ee976e58c74063e";
  private static final String ACCEPTEX = "f17d36b5accbcf1195ca00805f48a192";

  private SimulatedWinsock winsock = new SimulatedWinsock(Deviation.NONE);
  private final List<Integer> opened = new ArrayList<>();
  private ServerSocketChannel server;

  @BeforeEach
  void listen() throws Exception {
    server = ServerSocketChannel.open();
    server.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0));
  }

  @AfterEach
  void close() throws Exception {
    server.close();
    opened.forEach(LinuxCalls::close);
  }

  private int open() {
    int s = winsock.socket(2, 1, 6);
    assertThat(s).isPositive();
    opened.add(s);
    return s;
  }

  private ByteBuffer any() {
    return LinuxCalls.memory(16).putShort(0, (short) 2);
  }

  private ByteBuffer remote() throws Exception {
    int port = ((InetSocketAddress) server.getLocalAddress()).getPort();
    return LinuxCalls.memory(16)
        .putShort(0, (short) 2)
        .put(2, (byte) (port >> 8))
        .put(3, (byte) port)
        .put(4, (byte) 127)
        .put(7, (byte) 1);
  }

  private int lookUp(String guid, int code, int outLength) {
    ByteBuffer in = ByteBuffer.allocateDirect(16).put(0, HexFormat.of().parseHex(guid));
    ByteBuffer out = LinuxCalls.memory(8);
    int result = winsock.WSAIoctl(open(), code, in, 16, out, outLength, LinuxCalls.integer(0));
    if (result == 0) {
      winsock.bindConnectEx(out.getLong(0));
    }
    return result;
  }

  /** Opens a socket on which ConnectEx can be called. */
  private int ready() {
    lookUp(CONNECTEX, 0xC8000006, 8);
    int s = open();
    assertThat(winsock.setsockopt(s, 6, 15, LinuxCalls.integer(1), 4)).isZero();
    assertThat(winsock.bind(s, any(), 16)).isZero();
    return s;
  }

  private int connect(int s, ByteBuffer data, ByteBuffer overlapped) throws Exception {
    return winsock.ConnectEx(
        s, remote(), 16, data, data.capacity(), LinuxCalls.integer(0), overlapped);
  }

  private int result(int s, ByteBuffer overlapped) {
    return winsock.WSAGetOverlappedResult(
        s, overlapped, LinuxCalls.integer(0), 0, LinuxCalls.integer(0));
  }

  private void awaitResult(int s, ByteBuffer overlapped, int expected) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(result(s, overlapped)).isEqualTo(expected));
  }

  @Test
  void findsConnectExByItsGuidOnly() {
    assertThat(lookUp(ACCEPTEX, 0xC8000006, 8)).isEqualTo(-10022);
    assertThat(lookUp(CONNECTEX, 0xC8000007, 8)).isEqualTo(-10045);
    assertThat(lookUp(CONNECTEX, 0xC8000006, 4)).isEqualTo(-10014);
    assertThat(lookUp(CONNECTEX, 0xC8000006, 8)).isZero();
    assertThatThrownBy(() -> winsock.bindConnectEx(4711)).isInstanceOf(AssertionError.class);
  }

  @ParameterizedTest
  @CsvSource({
    "6, 23, 1, 4, -10042", // Linux' number
    "6, 261, 1, 4, -10042", // Darwin's
    "6, 1025, 1, 4, -10042", // FreeBSD's
    "1, 15, 1, 4, -10042", // another level
    "1, 12295, 1, 4, -10042", // Linux' SOL_SOCKET
    "6, 15, 2, 4, -10022", // a backlog
    "6, 15, 1, 1, -10014", // too short
    "65535, 28688, 1, 4, -10014" // a context that has a value
  })
  void refusesOptionsThatWindowsDoesNotHave(int level, int name, int value, int length, int error) {
    assertThat(winsock.setsockopt(open(), level, name, LinuxCalls.integer(value), length))
        .isEqualTo(error);
  }

  @Test
  void refusesTheOptionOnceItIsConnectedOrConnecting() throws Exception {
    int s = ready();
    ByteBuffer overlapped = LinuxCalls.memory(32);
    assertThat(connect(s, LinuxCalls.memory(10), overlapped)).isEqualTo(-997);
    assertThat(winsock.setsockopt(s, 6, 15, LinuxCalls.integer(0), 4)).isEqualTo(-10022);
    awaitResult(s, overlapped, 0);
    assertThat(winsock.setsockopt(s, 0xffff, 0x7010, null, 0)).isZero();
    assertThat(winsock.setsockopt(s, 6, 15, LinuxCalls.integer(0), 4)).isEqualTo(-10022);
  }

  @Test
  void refusesPortSharingOnceItIsBound() {
    int s = open();
    assertThat(winsock.setsockopt(s, 0xffff, 0x3007, LinuxCalls.integer(1), 4)).isZero();
    assertThat(winsock.bind(s, any(), 16)).isZero();
    assertThat(winsock.setsockopt(s, 0xffff, 0x3007, LinuxCalls.integer(1), 4)).isEqualTo(-10022);
    assertThat(winsock.bind(s, any(), 16)).isEqualTo(-10022);
  }

  @Test
  void bindsAddressesOfTheSocketsFamilyOnly() {
    assertThat(winsock.bind(open(), any().putShort(0, (short) 23), 16)).isEqualTo(-10014);
    assertThat(winsock.bind(open(), any(), 15)).isEqualTo(-10014);
  }

  @Test
  void refusesConnectExOnAnUnboundSocket() throws Exception {
    lookUp(CONNECTEX, 0xC8000006, 8);
    assertThat(connect(open(), LinuxCalls.memory(1), LinuxCalls.memory(32))).isEqualTo(-10022);
  }

  @Test
  void refusesConnectExWithoutOverlapped() throws Exception {
    assertThat(connect(ready(), LinuxCalls.memory(1), null)).isEqualTo(-10022);
  }

  @Test
  void noticesAnOverlappedOf32BitWindows() throws Exception {
    assertThat(connect(ready(), LinuxCalls.memory(1), LinuxCalls.memory(20))).isEqualTo(-10014);
    assertThat(winsock.violations().list()).containsExactly("an OVERLAPPED of 20 bytes");
  }

  @Test
  void refusesAnInvalidEvent() throws Exception {
    assertThat(connect(ready(), LinuxCalls.memory(1), LinuxCalls.memory(32).putLong(24, 99)))
        .isEqualTo(-6);
  }

  @ParameterizedTest
  @CsvSource({
    "10, 28, -10047",
    "23, 28, -10047",
    "28, 28, -10047",
    "2, 15, -10014",
    "0, 16, -10047"
  })
  void refusesAddressesOfAnotherFamilyOrLength(int family, int length, int error) {
    int s = ready();
    ByteBuffer address = LinuxCalls.memory(28).putShort(0, (short) family);
    assertThat(
            winsock.ConnectEx(
                s,
                address,
                length,
                LinuxCalls.memory(1),
                1,
                LinuxCalls.integer(0),
                LinuxCalls.memory(32)))
        .isEqualTo(error);
  }

  @Test
  void refusesConnectExWhileOneIsUnderWayAndWhenConnected() throws Exception {
    winsock = new SimulatedWinsock(Deviation.NONE.withLateCompletion(Duration.ofMillis(300)));
    int s = ready();
    ByteBuffer overlapped = LinuxCalls.memory(32);
    assertThat(connect(s, LinuxCalls.memory(1), overlapped)).isEqualTo(-997);
    assertThat(result(s, overlapped)).isEqualTo(-996);
    assertThat(connect(s, LinuxCalls.memory(1), LinuxCalls.memory(32))).isEqualTo(-10037);
    awaitResult(s, overlapped, 0);
    assertThat(connect(s, LinuxCalls.memory(1), LinuxCalls.memory(32))).isEqualTo(-10056);
  }

  @Test
  void isNoOrdinarySocketBeforeItsContextIsUpdated() throws Exception {
    completeAfter(Duration.ofSeconds(1));
    int s = ready();
    ByteBuffer overlapped = LinuxCalls.memory(32);
    connect(s, LinuxCalls.memory(5), overlapped);
    assertThat(winsock.setsockopt(s, 0xffff, 0x7010, null, 0)).isEqualTo(-10057);
    awaitResult(s, overlapped, 0);
    assertThat(LinuxCalls.hasPeer(s)).isFalse();
    assertThat(winsock.getsockopt(s, 6, 15, LinuxCalls.integer(0), LinuxCalls.integer(4)))
        .isEqualTo(-10057);
    assertThat(winsock.setsockopt(s, 0xffff, 0x7010, null, 0)).isZero();
    assertThat(LinuxCalls.hasPeer(s)).isTrue();
    ByteBuffer on = LinuxCalls.integer(0);
    assertThat(winsock.getsockopt(s, 6, 15, on, LinuxCalls.integer(4))).isZero();
    assertThat(on.getInt(0)).isEqualTo(1);
  }

  @Test
  void refusesTheContextOfASocketThatConnectExDidNotConnect() {
    assertThat(winsock.setsockopt(open(), 0xffff, 0x7010, null, 0)).isEqualTo(-10057);
  }

  /** Holds every completion back for a time. */
  private void completeAfter(Duration time) {
    winsock = new SimulatedWinsock(Deviation.NONE.withLateCompletion(time));
  }

  /** Lets no ConnectEx complete unless it is cancelled or its socket is closed. */
  private void neverComplete() {
    completeAfter(Duration.ofMinutes(5));
  }

  @Test
  void noticesDataThatIsChangedBeforeTheCompletion() throws Exception {
    neverComplete();
    int s = ready();
    ByteBuffer data = LinuxCalls.memory(10);
    ByteBuffer overlapped = LinuxCalls.memory(32);
    connect(s, data, overlapped);
    data.put(3, (byte) 1);
    assertThat(winsock.CancelIoEx(s, overlapped)).isZero();
    awaitResult(s, overlapped, -995);
    assertThat(winsock.violations().list())
        .containsExactly("data that ConnectEx was lent was changed before its completion");
  }

  @Test
  void noticesAnOverlappedThatIsUsedAgainBeforeTheCompletion() throws Exception {
    neverComplete();
    ByteBuffer data = LinuxCalls.memory(1);
    ByteBuffer overlapped = LinuxCalls.memory(32);
    connect(ready(), data, overlapped);
    assertThat(connect(ready(), data, overlapped)).isEqualTo(-10022);
    assertThat(winsock.violations().list())
        .containsExactly("an OVERLAPPED was used again before its completion");
  }

  @Test
  void noticesMemoryThatIsFreedBeforeTheCompletion() throws Exception {
    neverComplete();
    int s = ready();
    WeakReference<ByteBuffer> freed = connectWithMemoryThatIsFreed(s);
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> {
              System.gc();
              return freed.get() == null;
            });
    assertThat(winsock.completed()).isZero();
    assertThat(winsock.closesocket(s)).isZero();
    opened.remove((Integer) s);
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(winsock.completed()).isEqualTo(1));
    assertThat(winsock.violations().list())
        .containsExactly("memory that ConnectEx was lent was freed before its completion");
  }

  private WeakReference<ByteBuffer> connectWithMemoryThatIsFreed(int s) throws Exception {
    ByteBuffer data = LinuxCalls.memory(10);
    connect(s, data, LinuxCalls.memory(32));
    return new WeakReference<>(data);
  }

  @Test
  void noticesAWaitInANativeCall() throws Exception {
    neverComplete();
    int s = ready();
    ByteBuffer overlapped = LinuxCalls.memory(32);
    ByteBuffer data = LinuxCalls.memory(1);
    connect(s, data, overlapped);
    winsock.WSAGetOverlappedResult(s, overlapped, LinuxCalls.integer(0), 1, LinuxCalls.integer(0));
    assertThat(winsock.violations().list()).containsExactly("a wait in a native call");
    assertThat(winsock.WSAGetOverlappedResult(s, overlapped, LinuxCalls.integer(0), 0, null))
        .isEqualTo(-10014);
    assertThat(data.get(0)).isZero();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void cancelsTheOperationsOfAThreadThatHasEndedUnlessAPortWaits(boolean port) throws Exception {
    completeAfter(port ? Duration.ofMillis(200) : Duration.ofMinutes(5));
    int s = ready();
    ByteBuffer data = LinuxCalls.memory(1);
    ByteBuffer overlapped = LinuxCalls.memory(32);
    if (port) {
      long p = winsock.CreateIoCompletionPort(-1, 0, 0, 0);
      assertThat(winsock.CreateIoCompletionPort(s, p, 5, 0)).isEqualTo(p);
    }
    Thread thread =
        new Thread(
            () -> {
              try {
                connect(s, data, overlapped);
              } catch (Exception e) {
                throw new AssertionError(e);
              }
            });
    thread.start();
    thread.join();
    awaitResult(s, overlapped, port ? 0 : -995);
    assertThat(data.get(0)).isZero();
  }

  @Test
  void bringsCompletionsToThePortWithTheSocketsKey() throws Exception {
    long port = winsock.CreateIoCompletionPort(-1, 0, 0, 0);
    int s = ready();
    assertThat(winsock.CreateIoCompletionPort(s, port + 1, 5, 0)).isEqualTo(-6);
    assertThat(winsock.CreateIoCompletionPort(s, port, 5, 0)).isEqualTo(port);
    assertThat(winsock.CreateIoCompletionPort(s, port, 6, 0)).isEqualTo(-87);
    ByteBuffer key = LinuxCalls.memory(8);
    ByteBuffer taken = LinuxCalls.memory(8);
    assertThat(winsock.GetQueuedCompletionStatus(port, LinuxCalls.integer(0), key, taken, 0))
        .isEqualTo(-258);
    assertThat(taken.getLong(0)).isZero();
    ByteBuffer data = LinuxCalls.memory(9);
    ByteBuffer overlapped = LinuxCalls.memory(32);
    connect(s, data, overlapped);
    ByteBuffer count = LinuxCalls.integer(0);
    assertThat(winsock.GetQueuedCompletionStatus(port, count, key, taken, 5000)).isZero();
    assertThat(key.getLong(0)).isEqualTo(5);
    assertThat(taken.getLong(0)).isNotZero();
    assertThat(count.getInt(0)).isEqualTo(9);
    assertThat(overlapped.getLong(8)).isEqualTo(9);
    assertThat(data.get(0)).isZero();
  }

  @Test
  void cancelsOnce() throws Exception {
    winsock = new SimulatedWinsock(Deviation.NONE.withLateCompletion(Duration.ofMinutes(1)));
    int s = ready();
    ByteBuffer data = LinuxCalls.memory(1);
    ByteBuffer overlapped = LinuxCalls.memory(32);
    assertThat(winsock.CancelIoEx(s, overlapped)).isEqualTo(-1168);
    connect(s, data, overlapped);
    assertThat(winsock.CancelIoEx(s, LinuxCalls.memory(32))).isEqualTo(-1168);
    assertThat(winsock.CancelIoEx(s, overlapped)).isZero();
    awaitResult(s, overlapped, -995);
    assertThat(winsock.CancelIoEx(s, overlapped)).isEqualTo(-1168);
    assertThat(data.get(0)).isZero();
  }

  @Test
  void knowsNoClosedSocket() {
    int s = open();
    assertThat(winsock.closesocket(s)).isZero();
    assertThat(winsock.setsockopt(s, 6, 15, LinuxCalls.integer(1), 4)).isEqualTo(-10038);
    assertThat(winsock.bind(s, any(), 16)).isEqualTo(-10038);
    assertThat(winsock.closesocket(s)).isEqualTo(-10038);
    opened.remove((Integer) s);
  }

  @Test
  void opensTcpSocketsOnly() {
    assertThat(winsock.socket(10, 1, 6)).isEqualTo(-10047);
    assertThat(winsock.socket(2, 2, 17)).isEqualTo(-10041);
  }
}
