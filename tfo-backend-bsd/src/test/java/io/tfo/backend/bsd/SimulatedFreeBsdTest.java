package io.tfo.backend.bsd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.tfo.backend.bsd.SimulatedFreeBsd.Deviation;
import io.tfo.lab.FullListener;
import io.tfo.lab.Lab;
import io.tfo.lab.LabAvailability;
import io.tfo.lab.Segment;
import io.tfo.lab.simulation.LinuxCalls;
import io.tfo.lab.simulation.test.RawSocket;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The simulated FreeBSD is as strict as the real one. Numbers are those of its headers. */
@Timeout(60)
class SimulatedFreeBsdTest {
  private static final int TCP = 6;
  private static final int FASTOPEN = 1025;
  private static final int FLAGS = 0x20000 | 0x80;

  private final SimulatedFreeBsd kernel = new SimulatedFreeBsd();
  private final ByteBuffer on = LinuxCalls.integer(1);
  private final ByteBuffer unused = RawSocket.address(new InetSocketAddress(9));

  private int sendto(RawSocket socket, ByteBuffer address, int length) {
    return kernel.sendto(socket.fd(), RawSocket.data(10), 10, FLAGS, address, length);
  }

  private int option(SimulatedFreeBsd of, RawSocket socket, int value) {
    return of.setsockopt(socket.fd(), TCP, FASTOPEN, LinuxCalls.integer(value), 4);
  }

  @Test
  void refusesAnAddressWhoseLengthIsNotThatOfItsFamily() {
    try (RawSocket socket = RawSocket.ipv4()) {
      assertThat(sendto(socket, unused, 28)).isEqualTo(-22);
      assertThat(sendto(socket, unused.put(0, (byte) 0), 16)).isEqualTo(-22);
      assertThat(sendto(socket, unused.put(0, (byte) 28).put(1, (byte) 2), 28)).isEqualTo(-22);
    }
  }

  @Test
  void refusesAFamilyOfAnotherSystemOrOfAnotherSocket() {
    ByteBuffer ipv6 = LinuxCalls.memory(28).put(0, (byte) 28).put(23, (byte) 1);
    try (RawSocket four = RawSocket.ipv4();
        RawSocket six = RawSocket.ipv6()) {
      for (int family : new int[] {10, 23, 30}) {
        assertThat(sendto(six, ipv6.put(1, (byte) family), 28)).isEqualTo(-47);
      }
      assertThat(sendto(four, ipv6.put(1, (byte) 28), 28)).isEqualTo(-47);
      assertThat(sendto(six, unused, 16)).isEqualTo(-47);
    }
  }

  @Test
  void refusesMulticast() {
    try (RawSocket socket = RawSocket.ipv4()) {
      assertThat(sendto(socket, unused.put(4, (byte) 224), 16)).isEqualTo(-47);
    }
  }

  @Test
  void refusesTheFlagsOfLinuxAndDarwin() {
    try (RawSocket socket = RawSocket.ipv4()) {
      for (int flags : new int[] {0x20000000, 0x40, 0x4000, 0x80000}) {
        assertThat(kernel.sendto(socket.fd(), on, 4, flags, unused, 16)).isEqualTo(-22);
      }
    }
  }

  @Test
  void knowsNoOptionOfAnotherNumberOrLevel() {
    try (RawSocket socket = RawSocket.ipv4()) {
      for (int number : new int[] {23, 30, 15, 261}) {
        assertThat(kernel.setsockopt(socket.fd(), TCP, number, on, 4)).isEqualTo(-42);
        assertThat(kernel.getsockopt(socket.fd(), TCP, number, on, LinuxCalls.integer(4)))
            .isEqualTo(-42);
      }
      assertThat(kernel.setsockopt(socket.fd(), 0xffff, FASTOPEN, on, 4)).isEqualTo(-42);
      assertThat(kernel.setsockopt(socket.fd(), TCP, FASTOPEN, on, 1)).isEqualTo(-22);
    }
  }

  @Test
  void refusesTheOptionWhereBothSidesAreOff() {
    SimulatedFreeBsd off = new SimulatedFreeBsd(Deviation.CLIENT_OFF, Deviation.SERVER_OFF);
    try (RawSocket socket = RawSocket.ipv4()) {
      assertThat(option(off, socket, 1)).isEqualTo(-1);
      assertThat(option(off, socket, 0)).isEqualTo(-1);
    }
  }

  @Test
  void reportsThatTheServerSideIsOffOnlyAfterListen() {
    SimulatedFreeBsd off = new SimulatedFreeBsd(Deviation.SERVER_OFF);
    try (RawSocket socket = RawSocket.ipv4();
        RawSocket listening = RawSocket.listening()) {
      assertThat(option(off, socket, 1)).isZero();
      assertThat(option(off, listening, 1)).isEqualTo(-1);
      assertThat(option(off, listening, 0)).isZero();
    }
  }

  @Test
  void refusesTheOptionOnceConnected() throws Exception {
    try (ServerSocketChannel server = ServerSocketChannel.open();
        RawSocket socket = RawSocket.ipv4()) {
      server.bind(new InetSocketAddress("127.0.0.1", 0));
      assertThat(option(kernel, socket, 1)).isZero();
      ByteBuffer address = RawSocket.address(server.getLocalAddress());
      assertThat(sendto(socket, address, 16)).isEqualTo(10);
      assertThat(option(kernel, socket, 1)).isEqualTo(-22);
      assertThat(sendto(socket, address, 16)).isEqualTo(10);
      assertThat(sendto(socket, null, 0)).isEqualTo(10);
    }
  }

  @Test
  void queuesDataButTakesNoMoreUntilConnected() throws Exception {
    try (FullListener full = new FullListener();
        RawSocket socket = RawSocket.ipv4()) {
      assertThat(option(kernel, socket, 1)).isZero();
      assertThat(sendto(socket, null, 0)).isEqualTo(-57);
      assertThat(sendto(socket, RawSocket.address(full.address()), 16)).isEqualTo(10);
      assertThat(sendto(socket, null, 0)).isEqualTo(-57);
      assertThat(LinuxCalls.poll(socket.fd(), 0)).isZero();
    }
  }

  @Test
  void tellsTheOptionAsANegativeNumber() {
    ByteBuffer value = LinuxCalls.integer(7);
    try (RawSocket socket = RawSocket.ipv4()) {
      option(kernel, socket, 1);
      ByteBuffer length = LinuxCalls.integer(4);
      assertThat(kernel.getsockopt(socket.fd(), TCP, FASTOPEN, value, length)).isZero();
      assertThat(value.getInt(0)).isNegative();
      assertThat(length.getInt(0)).isEqualTo(4);
      length.putInt(0, 3);
      value.putInt(0, -1);
      assertThat(kernel.getsockopt(socket.fd(), TCP, FASTOPEN, value, length)).isZero();
      assertThat(length.getInt(0)).isEqualTo(3);
      assertThat(value.getInt(0)).isEqualTo(0xff000000);
    }
  }

  @Test
  void forgetsASocketWhenItsNumberIsUsedAgain() {
    RawSocket first = RawSocket.ipv4();
    option(kernel, first, 1);
    first.close();
    ByteBuffer value = LinuxCalls.integer(7);
    try (RawSocket second = RawSocket.ipv4()) {
      assumeThat(second.fd()).isEqualTo(first.fd());
      kernel.getsockopt(second.fd(), TCP, FASTOPEN, value, LinuxCalls.integer(4));
      assertThat(value.getInt(0)).isZero();
    }
  }

  @Test
  void knowsItsSysctlsByNameAndSize() {
    ByteBuffer name = LinuxCalls.memory(64);
    name.put("net.inet.tcp.fastopen.client_enable\0".getBytes());
    ByteBuffer value = LinuxCalls.integer(9);
    ByteBuffer length = LinuxCalls.memory(8).putLong(0, 4);
    assertThat(kernel.sysctlbyname(name, value, length)).isZero();
    assertThat(value.getInt(0)).isBetween(0, 1);
    assertThat(kernel.sysctlbyname(name, value, length.putLong(0, 3))).isEqualTo(-12);
    name.put(0, (byte) 'N');
    assertThat(kernel.sysctlbyname(name, value, length.putLong(0, 4))).isEqualTo(-2);
    assertThat(kernel.sysctlbyname(name.slice(0, 10), value, length)).isEqualTo(-14);
  }

  @Test
  void answersForClosedDescriptors() {
    assertThat(kernel.setsockopt(99_999, TCP, FASTOPEN, on, 4)).isEqualTo(-9);
    assertThat(kernel.getsockopt(99_999, TCP, FASTOPEN, on, on)).isEqualTo(-9);
    assertThat(kernel.sendto(99_999, on, 4, FLAGS, unused, 16)).isEqualTo(-9);
  }

  /** Why a backend must never call sendto where the option failed. 15.1 no longer does that. */
  @Test
  void sendsDataWithoutACookieWhereTheOptionIsNotSet() throws Exception {
    SimulatedFreeBsd old = new SimulatedFreeBsd(SimulatedFreeBsd.Version.V13_2);
    assumeThat(Lab.availability().kind()).isNotEqualTo(LabAvailability.Kind.NONE);
    try (Lab lab = Lab.open();
        ServerSocketChannel server = lab.server().call(ServerSocketChannel::open)) {
      server.bind(new InetSocketAddress(lab.server().ipv4(), 0));
      ByteBuffer address = RawSocket.address(server.getLocalAddress());
      address.put(4, lab.server().ipv4().getAddress());
      int sent =
          lab.client()
              .call(
                  () -> {
                    try (RawSocket socket = RawSocket.ipv4()) {
                      return old.sendto(socket.fd(), RawSocket.data(10), 10, FLAGS, address, 16);
                    }
                  });
      assertThat(sent).isEqualTo(10);
      Segment syn = lab.wire().await(Segment::isSyn);
      assertThat(syn.payloadLength()).isEqualTo(10);
      assertThat(syn.fastOpenCookie()).isEmpty();
    }
  }

  @Test
  void deliversQueuedDataExactlyOnce() throws Exception {
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress("127.0.0.1", 0));
      RawSocket socket = RawSocket.ipv4();
      option(kernel, socket, 1);
      ByteBuffer data = RawSocket.data(16_000);
      ByteBuffer address = RawSocket.address(server.getLocalAddress());
      assertThat(kernel.sendto(socket.fd(), data, 16_000, FLAGS, address, 16)).isEqualTo(16_000);
      socket.close();
      ByteBuffer got = ByteBuffer.allocate(20_000);
      try (SocketChannel accepted = server.accept()) {
        while (accepted.read(got) >= 0) {}
      }
      assertThat(got.flip()).isEqualTo(data);
    }
  }
}
