package io.tfo.backend.darwin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tfo.backend.darwin.SimulatedDarwin.Deviation;
import io.tfo.lab.FullListener;
import io.tfo.lab.simulation.LinuxCalls;
import io.tfo.lab.simulation.test.RawSocket;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The simulated macOS is as strict as the real one. Numbers are those of its headers. */
@Timeout(60)
class SimulatedDarwinTest {
  private static final int TCP = 6;
  private static final int FASTOPEN = 261;
  private static final int CONNECTION_INFO = 262;
  private static final int RESUME = 1;
  private static final int IDEMPOTENT = 2;
  private static final int DONTWAIT = 0x80;
  private static final int PEEK = 2;

  private final SimulatedDarwin kernel = new SimulatedDarwin();
  private final ByteBuffer on = LinuxCalls.integer(1);
  private ServerSocketChannel server;
  private RawSocket socket;
  private ByteBuffer address;

  @BeforeEach
  void open() throws Exception {
    server = ServerSocketChannel.open().bind(new InetSocketAddress("127.0.0.1", 0));
    socket = RawSocket.ipv4().nonBlocking();
    address = RawSocket.address(server.getLocalAddress());
  }

  @AfterEach
  void close() throws Exception {
    socket.close();
    server.close();
  }

  private static ByteBuffer endpoints(ByteBuffer address, int length) {
    return LinuxCalls.memory(40).putLong(24, LinuxCalls.addressOf(address)).putInt(32, length);
  }

  private int connectx(RawSocket on, int flags) {
    return connectx(on, endpoints(address, 16), flags);
  }

  private int connectx(RawSocket on, ByteBuffer ends, int flags) {
    return kernel.connectx(on.fd(), ends, 0, flags, null, 0, null, null);
  }

  private int send(RawSocket on, int length) {
    return kernel.send(on.fd(), RawSocket.data(Math.max(1, length)), length, DONTWAIT);
  }

  @Test
  void refusesConnectxWithoutADestination() {
    assertThat(connectx(socket, null, 3)).isEqualTo(-22);
    assertThat(connectx(socket, LinuxCalls.memory(40), 3)).isEqualTo(-22);
  }

  @Test
  void readsEachFieldOfTheEndpointsWhereTheHeaderHasIt() {
    assertThat(connectx(socket, endpoints(address, 16).putInt(0, 1), 3)).isEqualTo(-22);
    assertThat(connectx(socket, endpoints(address, 16).putLong(8, 1), 3)).isEqualTo(-22);
    assertThat(connectx(socket, endpoints(address, 28), 3)).isEqualTo(-22);
    assertThat(connectx(socket, endpoints(address.put(0, (byte) 0), 16), 3)).isEqualTo(-22);
  }

  @Test
  void refusesAFamilyOfAnotherSystemOrOfAnotherSocket() {
    ByteBuffer ipv6 = LinuxCalls.memory(28).put(0, (byte) 28).put(23, (byte) 1);
    try (RawSocket six = RawSocket.ipv6()) {
      for (int family : new int[] {10, 23, 28}) {
        ipv6.put(1, (byte) family);
        assertThat(connectx(six, endpoints(ipv6, 28), 3)).isEqualTo(-47);
      }
      assertThat(connectx(six, 3)).isEqualTo(-47);
      assertThat(connectx(socket, endpoints(ipv6.put(1, (byte) 30), 28), 3)).isEqualTo(-47);
    }
  }

  @Test
  void refusesUnknownFlagsAssociationsAndVectorsWithoutALength() {
    ByteBuffer ends = endpoints(address, 16);
    assertThat(connectx(socket, 8)).isEqualTo(-22);
    assertThat(kernel.connectx(socket.fd(), ends, 1, 3, null, 0, null, null)).isEqualTo(-22);
    ByteBuffer iov = LinuxCalls.memory(16);
    assertThat(kernel.connectx(socket.fd(), ends, 0, 3, iov, 1, null, null)).isEqualTo(-22);
    assertThat(kernel.connectx(socket.fd(), ends, 0, 3, iov, 0, iov, null)).isEqualTo(-22);
    assertThat(kernel.send(socket.fd(), on, 1, 0x4000)).isEqualTo(-22);
    assertThat(kernel.recv(socket.fd(), on, 1, 0x40)).isEqualTo(-22);
  }

  @Test
  void defersTheConnectUntilTheFirstWrite() {
    assertThat(connectx(socket, RESUME | IDEMPOTENT)).isZero();
    assertThat(socket.state()).isEqualTo(LinuxCalls.CLOSE);
    assertThat(connectx(socket, RESUME | IDEMPOTENT)).isEqualTo(-56);
    assertThat(send(socket, 100)).isEqualTo(100);
    assertThat(socket.state()).isNotEqualTo(LinuxCalls.CLOSE);
  }

  @Test
  void connectsAtOnceWithoutResume() {
    assertThat(connectx(socket, IDEMPOTENT)).isIn(0, -36);
    assertThat(socket.state()).isNotEqualTo(LinuxCalls.CLOSE);
  }

  @Test
  void tellsThatItConnectsAndWhenItIsAnswered() throws Exception {
    try (FullListener full = new FullListener();
        RawSocket waiting = RawSocket.ipv4().nonBlocking()) {
      DarwinTcp tcp = new DarwinTcp(kernel);
      assertThat(connectx(waiting, endpoints(RawSocket.address(full.address()), 16), 3)).isZero();
      assertThat(tcp.isAnswered(waiting.fd())).isFalse();
      assertThat(send(waiting, 10)).isEqualTo(10);
      assertThat(tcp.isAnswered(waiting.fd())).isFalse();
      assertThat(connectx(waiting, 3)).isEqualTo(-37);
      connectx(socket, 3);
      send(socket, 10);
      // It is answered before a call of poll and before the end of the connect.
      await().untilAsserted(() -> assertThat(tcp.isAnswered(socket.fd())).isTrue());
    }
  }

  @Test
  void doesNotSendOnceRefused() throws Exception {
    server.close();
    connectx(socket, 3);
    send(socket, 10);
    await().untilAsserted(() -> assertThat(send(socket, 10)).isEqualTo(-32));
  }

  @Test
  void knowsTheSegmentOfARouteOnceThatWasUsed() {
    ByteBuffer size = LinuxCalls.integer(0);
    for (int expected : new int[] {512, 1448}) {
      try (RawSocket each = RawSocket.ipv4().nonBlocking()) {
        connectx(each, 3);
        kernel.getsockopt(each.fd(), TCP, 2, size, LinuxCalls.integer(4));
        assertThat(size.getInt(0)).isEqualTo(expected);
      }
    }
  }

  @Test
  void refusesToConnectAListener() {
    try (RawSocket listening = RawSocket.listening()) {
      assertThat(connectx(listening, 3)).isEqualTo(-102);
    }
  }

  @Test
  void takesNothingBeforeConnectxAndNothingMoreBeforeTheSynAck() throws Exception {
    assertThat(send(socket, 10)).isEqualTo(-57);
    assertThat(kernel.recv(socket.fd(), on, 1, DONTWAIT)).isEqualTo(-57);
    try (FullListener full = new FullListener()) {
      address = RawSocket.address(full.address());
      assertThat(connectx(socket, 3)).isZero();
      assertThat(send(socket, 10)).isEqualTo(10);
      assertThat(send(socket, 10)).isEqualTo(-57);
      assertThat(kernel.recv(socket.fd(), on, 1, DONTWAIT)).isEqualTo(-35);
      assertThat(LinuxCalls.poll(socket.fd(), 0)).isZero();
    }
  }

  @Test
  void waitsForTheHandshakeWhereTheDescriptorIsBlocking() {
    try (RawSocket blocking = RawSocket.ipv4()) {
      assertThat(connectx(blocking, 3)).isZero();
      assertThat(send(blocking, 10)).isEqualTo(10);
      assertThat(LinuxCalls.poll(blocking.fd(), 0)).isEqualTo(LinuxCalls.POLLOUT);
    }
  }

  @Test
  void sendsTheSynForAReadAndForAWriteOfNothing() {
    assertThat(connectx(socket, 3)).isZero();
    assertThat(kernel.recv(socket.fd(), on, 1, DONTWAIT | PEEK)).isEqualTo(-35);
    assertThat(socket.state()).isNotEqualTo(LinuxCalls.CLOSE);
    try (RawSocket other = RawSocket.ipv4().nonBlocking()) {
      assertThat(connectx(other, 3)).isZero();
      assertThat(send(other, 0)).isEqualTo(-35);
      assertThat(other.state()).isNotEqualTo(LinuxCalls.CLOSE);
    }
  }

  @Test
  void tellsHowMuchItQueuedWhereDataGoesWithConnectx() throws Exception {
    ByteBuffer data = RawSocket.data(100);
    ByteBuffer iov = LinuxCalls.memory(16);
    iov.putLong(0, LinuxCalls.addressOf(data)).putLong(8, 100);
    ByteBuffer length = LinuxCalls.memory(8);
    ByteBuffer ends = endpoints(address, 16);
    assertThat(kernel.connectx(socket.fd(), ends, 0, IDEMPOTENT, iov, 1, length, null))
        .isEqualTo(-36);
    assertThat(length.getLong(0)).isEqualTo(100);
    socket.close();
    socket = RawSocket.ipv4();
    ByteBuffer got = ByteBuffer.allocate(200);
    try (SocketChannel accepted = server.accept()) {
      while (accepted.read(got) >= 0) {}
    }
    assertThat(got.flip()).isEqualTo(data);
  }

  @Test
  void takesTheOptionOnAListenerAloneAndAsASwitchAlone() {
    try (RawSocket listening = RawSocket.listening()) {
      SimulatedDarwin off = new SimulatedDarwin(Deviation.SERVER_OFF);
      assertThat(off.setsockopt(listening.fd(), TCP, FASTOPEN, on, 4)).isEqualTo(-45);
      if ((LinuxCalls.fastOpenSysctl() & 2) == 0) {
        assertThat(kernel.setsockopt(listening.fd(), TCP, FASTOPEN, on, 4)).isEqualTo(-45);
        return;
      }
      assertThat(kernel.setsockopt(listening.fd(), TCP, FASTOPEN, on, 4)).isZero();
      assertThat(kernel.setsockopt(listening.fd(), TCP, FASTOPEN, LinuxCalls.integer(2), 4))
          .isEqualTo(-22);
      assertThat(kernel.setsockopt(socket.fd(), TCP, FASTOPEN, on, 4)).isEqualTo(-22);
    }
  }

  @Test
  void knowsNoOptionOfAnotherNumberOrLevel() {
    for (int number : new int[] {23, 30, 15, 1025, 11, 32}) {
      assertThat(kernel.setsockopt(socket.fd(), TCP, number, on, 4)).isEqualTo(-42);
      assertThat(kernel.getsockopt(socket.fd(), TCP, number, on, LinuxCalls.integer(4)))
          .isEqualTo(-42);
    }
    assertThat(kernel.setsockopt(socket.fd(), 0xffff, FASTOPEN, on, 4)).isEqualTo(-42);
  }

  @Test
  void writesNoMoreOfTheConnectionInfoThanThereIsRoomFor() {
    ByteBuffer info = LinuxCalls.memory(256);
    ByteBuffer length = LinuxCalls.integer(256);
    assertThat(kernel.getsockopt(socket.fd(), TCP, CONNECTION_INFO, info, length)).isZero();
    assertThat(length.getInt(0)).isEqualTo(112);
    kernel.getsockopt(socket.fd(), TCP, CONNECTION_INFO, info, length.putInt(0, 50));
    assertThat(length.getInt(0)).isEqualTo(50);
  }

  @Test
  void answersForClosedDescriptors() {
    RawSocket closed = new RawSocket(99_999);
    assertThat(connectx(closed, 3)).isEqualTo(-9);
    assertThat(send(closed, 1)).isEqualTo(-9);
    assertThat(kernel.recv(99_999, on, 1, 0)).isEqualTo(-9);
    assertThat(kernel.setsockopt(99_999, TCP, FASTOPEN, on, 4)).isEqualTo(-9);
    assertThat(kernel.getsockopt(99_999, TCP, CONNECTION_INFO, on, on)).isEqualTo(-9);
  }
}
