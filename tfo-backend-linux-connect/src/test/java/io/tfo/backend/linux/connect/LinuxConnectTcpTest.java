package io.tfo.backend.linux.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfo.FastOpenCapability;
import io.tfo.jna.NativeTcp;
import io.tfo.lab.Lab;
import io.tfo.lab.test.Labs;
import io.tfo.linux.LinuxSocketApi;
import io.tfo.linux.test.Errno;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The backend's system calls, with numbers written down from Linux's headers and not taken from the
 * backend.
 */
class LinuxConnectTcpTest {
  /** IPPROTO_TCP, TCP_FASTOPEN_CONNECT, sizeof(int). */
  private static final String ON = "setsockopt 7 6 30 1 4";

  private static final String OFF = "setsockopt 7 6 30 0 4";
  private static final String CONNECT = "connect 7 000102030405060708090a0b0c0d0e0f";
  private static final String UNDO = "connect 7 00000000000000000000000000000000";

  /** MSG_DONTWAIT and MSG_NOSIGNAL. */
  private static final String SEND = "send 7 50 0x4040";

  private static final String NOTHING = "send 7 0 0x4040";

  private final Script script = new Script();
  private final LinuxConnectTcp tcp = new LinuxConnectTcp(script, "6.1.0-13-amd64");
  private final ByteBuffer address =
      ByteBuffer.allocateDirect(28)
          .put(HexFormat.of().parseHex("000102030405060708090a0b0c0d0e0f"))
          .rewind();
  private final ByteBuffer data = ByteBuffer.allocateDirect(100);

  @Test
  void sendsTheDataByTheFirstSendAfterADeferredConnect() throws Exception {
    script.answers(0, 0, 33);

    assertThat(sendSyn()).isEqualTo(33);

    assertThat(script.calls).containsExactly(ON, CONNECT, SEND);
  }

  @Test
  void takesNoByteWhereTheConnectIsUnderWayWithoutACookie() throws Exception {
    script.answers(0, -Errno.EINPROGRESS);

    assertThat(sendSyn()).isZero();

    assertThat(script.calls).containsExactly(ON, CONNECT);
  }

  @Test
  void takesNoByteWhereTheCookieWentAwayBeforeTheSend() throws Exception {
    script.answers(0, 0, -Errno.EINPROGRESS);

    assertThat(sendSyn()).isZero();

    assertThat(script.calls).containsExactly(ON, CONNECT, SEND);
  }

  @ParameterizedTest
  @EnumSource
  void leavesTheConnectToTheJdkWhereTheOptionIsRefused(Errno errno) throws Exception {
    script.answers(errno.result());

    assertThat(sendSyn()).isEqualTo(NativeTcp.NOT_SENT);

    assertThat(script.calls).containsExactly(ON);
  }

  @ParameterizedTest
  @EnumSource
  void takesTheOptionBackWhereTheConnectIsRefused(Errno errno) throws Exception {
    script.answers(0, errno.result(), 0);

    assertThat(sendSyn()).isEqualTo(NativeTcp.NOT_SENT);

    assertThat(script.calls).containsExactly(ON, CONNECT, OFF);
  }

  @ParameterizedTest
  @EnumSource
  void undoesTheDeferredConnectWhereTheSendIsRefused(Errno errno) throws Exception {
    script.answers(0, 0, errno.result(), 0, 0);

    assertThat(sendSyn()).isEqualTo(NativeTcp.NOT_SENT);

    assertThat(script.calls).containsExactly(ON, CONNECT, SEND, UNDO, OFF);
  }

  @Test
  void failsWhereTheDeferredConnectCannotBeUndone() {
    script.answers(0, 0, Errno.EOPNOTSUPP.result(), 0, Errno.EOPNOTSUPP.result());

    assertThatThrownBy(this::sendSyn)
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("send")
        .hasMessageContaining("95")
        .hasMessageContaining("net.ipv4.tcp_fastopen");

    assertThat(script.calls).containsExactly(ON, CONNECT, SEND, UNDO, OFF);
  }

  /**
   * To disconnect the socket would wake the threads that wait for it. Another socket takes its
   * place instead.
   */
  @Test
  void leavesADeferredConnectAloneThatTheSystemRefusesToSend() {
    script.answers(Errno.EOPNOTSUPP.result());

    assertThatThrownBy(() -> tcp.deferral().orElseThrow().send(7, data, 50))
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("net.ipv4.tcp_fastopen");

    assertThat(script.calls).containsExactly(SEND);
  }

  @Test
  void triesEachCallOnce() throws Exception {
    script.answers(0, Errno.EPIPE.result(), 0, 0);

    tcp.probe(7);

    assertThat(script.calls).containsExactly(ON, NOTHING, "setsockopt 7 6 23 0 4", "getsockopt");
    assertThat(tcp.deferral()).isPresent();
  }

  @Test
  void connectsPlainlyWhereTheSocketsAreThoseOfMptcp() throws Exception {
    script.protocol = 262;
    script.answers(0, 0);

    tcp.probe(7);

    assertThat(tcp.client().status()).isEqualTo(FastOpenCapability.Status.UNSUPPORTED);
    assertThat(tcp.client().detail()).contains("MPTCP");
    assertThat(tcp.deferral()).isEmpty();
    assertThat(sendSyn()).isEqualTo(NativeTcp.NOT_SENT);
    assertThat(script.calls).containsExactly("setsockopt 7 6 23 0 4", "getsockopt");
  }

  @Test
  void tellsWhichLinuxSwitchesListenersOfMptcpOn() throws Exception {
    script.protocol = 262;
    script.answers(Errno.ENOPROTOOPT.result(), 0);

    tcp.probe(7);

    try (Lab lab = Labs.twoHosts()) {
      assertThat(lab.server().call(tcp::server).detail())
          .isEqualTo(
              "setsockopt TCP_FASTOPEN of an MPTCP socket: ENOPROTOOPT (92): Linux before 6.2");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "ENOPROTOOPT, 'ENOPROTOOPT (92): Linux before 4.11'",
    "EINVAL, 'EINVAL (22): Linux before 4.11'",
    "EPERM, 'EPERM (1): a filter'",
    "EACCES, 'EACCES (13): a filter'",
    "ENOSYS, 'ENOSYS (38): a filter'"
  })
  void makesNoCallWhereTheOptionIsRefused(Errno errno, String reason) throws Exception {
    script.answers(errno.result(), 0, 0);
    tcp.probe(7);
    script.calls.clear();

    assertThat(tcp.client().status()).isEqualTo(FastOpenCapability.Status.UNSUPPORTED);
    assertThat(tcp.client().detail()).startsWith("setsockopt TCP_FASTOPEN_CONNECT: " + reason);
    assertThat(tcp.deferral()).isEmpty();
    assertThat(sendSyn()).isEqualTo(NativeTcp.NOT_SENT);
    assertThat(script.calls).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(names = {"EPERM", "EACCES", "ENOSYS"})
  void makesNoCallWhereTheSendIsRefused(Errno errno) throws Exception {
    script.answers(0, errno.result(), 0, 0);
    tcp.probe(7);

    assertThat(tcp.client().detail()).startsWith("send: " + errno);
    assertThat(tcp.deferral()).isEmpty();
    assertThat(sendSyn()).isEqualTo(NativeTcp.NOT_SENT);
  }

  @ParameterizedTest
  @EnumSource(names = {"EOPNOTSUPP", "ENOMEM", "ENOBUFS", "EINTR"})
  void takesNoOtherAnswerForARefusalBecauseSettingsChange(Errno errno) throws Exception {
    script.answers(errno.result(), Errno.EPIPE.result(), 0, 0);
    tcp.probe(7);
    script.answers(0, 0, 33);

    assertThat(sendSyn()).isEqualTo(33);
  }

  @ParameterizedTest
  @EnumSource
  void defersNoConnectWhereItsStageCannotBeRead(Errno errno) {
    script.answers(0, Errno.EPIPE.result(), 0, errno.result());

    tcp.probe(7);

    assertThat(tcp.deferral()).isEmpty();
  }

  @Test
  void needsANonBlockingDescriptor() {
    assertThat(tcp.needsNonBlockingDescriptor()).isTrue();
  }

  private int sendSyn() throws IOException {
    return tcp.sendSyn(7, address, 16, data, 50);
  }

  /** Answers in turn, and keeps each call with what its memory held. */
  private static final class Script implements LinuxSocketApi {
    final List<String> calls = new ArrayList<>();
    int protocol = 6;
    private final Deque<Integer> answers = new ArrayDeque<>();

    void answers(int... results) {
      for (int result : results) {
        answers.add(result);
      }
    }

    private int answer(String call) {
      calls.add(call);
      return answers.remove();
    }

    @Override
    public int setsockopt(int fd, int level, int name, ByteBuffer value, int length) {
      int option = value.duplicate().order(ByteOrder.nativeOrder()).getInt(0);
      return answer("setsockopt %d %d %d %d %d".formatted(fd, level, name, option, length));
    }

    @Override
    public int getsockopt(int fd, int level, int name, ByteBuffer value, ByteBuffer length) {
      if (level == 1 && name == 38) { // SOL_SOCKET, SO_PROTOCOL
        value.putInt(0, protocol);
        return 0;
      }
      length.putInt(0, 232);
      return answer("getsockopt");
    }

    @Override
    public int connect(int fd, ByteBuffer address, int length) {
      byte[] bytes = new byte[length];
      address.get(0, bytes);
      return answer("connect %d %s".formatted(fd, HexFormat.of().formatHex(bytes)));
    }

    @Override
    public int sendto(int fd, ByteBuffer data, int size, int flags, ByteBuffer to, int length) {
      return answer("sendto");
    }

    @Override
    public int recv(int fd, int length, int flags) {
      throw new AssertionError("not called");
    }

    @Override
    public int shutdown(int fd, int how) {
      throw new AssertionError("not called");
    }

    @Override
    public int send(int fd, ByteBuffer data, int length, int flags) {
      return answer("send %d %d 0x%x".formatted(fd, length, flags));
    }
  }
}
