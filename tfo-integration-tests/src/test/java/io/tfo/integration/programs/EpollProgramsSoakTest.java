package io.tfo.integration.programs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.channel.epoll.Epoll;
import io.tfo.integration.netty.EpollJvm;
import io.tfo.integration.socket.SocketLab;
import io.tfo.lab.Segment;
import io.tfo.testkit.BackendLab;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The libraries of docs/netty.md over Netty's epoll transport: their SYNs. */
@Timeout(110)
@ExtendWith(EpollJvm.class)
class EpollProgramsSoakTest {
  private static final String FAST_OPEN_WITHOUT_SOCKET_OPTION = "1027"; // 0x400, 2 and 1

  private SocketLab hosts;

  @BeforeEach
  void open() throws Exception {
    assumeTrue("amd64".equals(System.getProperty("os.arch")), "the library is that of amd64");
    assertThat(Epoll.isAvailable()).isTrue();
    hosts = SocketLab.open();
    hosts.lab().server().sysctl("net.ipv4.tcp_fastopen", FAST_OPEN_WITHOUT_SOCKET_OPTION);
  }

  @AfterEach
  void close() throws Exception {
    if (hosts != null) {
      hosts.close();
    }
  }

  @ParameterizedTest
  @EnumSource
  void sendsItsFirstBytesInTheSecondSyn(EpollProgram program) throws Exception {
    InetSocketAddress server = program.serve(hosts, BackendLab.newPort());
    List<Segment> first = hosts.synsOf(() -> program.run(server));
    List<Segment> second = hosts.synsOf(() -> program.run(server));

    assertThat(first).singleElement().satisfies(syn -> assertThat(syn.payload()).isEmpty());
    assertThat(first.get(0).fastOpenCookie()).hasValue(new byte[0]);
    assertThat(second).singleElement().matches(syn -> program.isFirst(syn.payload()));
    assertThat(hosts.lab().client().counter("TCPFastOpenActive")).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource
  void connectsPlainlyWhereTheKernelRefusesTheOption(EpollProgram program) throws Exception {
    InetSocketAddress server = program.serve(hosts, BackendLab.newPort());
    String answer = hosts.onClient(() -> program.run(server));
    hosts.lab().client().sysctl("net.ipv4.tcp_fastopen", "0");
    List<Segment> syns =
        hosts.synsOf(
            () -> {
              assertThat(program.run(server)).isEqualTo(answer);
              return null;
            });

    assertThat(syns).singleElement().matches(syn -> !syn.hasFastOpenOption());
  }
}
