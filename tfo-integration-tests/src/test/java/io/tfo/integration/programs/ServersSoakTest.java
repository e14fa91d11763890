package io.tfo.integration.programs;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.integration.socket.SocketLab;
import io.tfo.integration.socket.TestKeys;
import io.tfo.test.StoppedTimer;
import io.tfo.testkit.BackendLab;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Servers over the provider's channels, and over the JDK's in the same run. */
@Timeout(110)
@ExtendWith(AllPortsJvm.class)
class ServersSoakTest {
  @TempDir private Path folder;

  private SocketLab hosts;

  @BeforeEach
  void open() throws Exception {
    hosts = SocketLab.open();
  }

  @AfterEach
  void close() throws Exception {
    SwitchedProvider.plain(false);
    if (hosts != null) {
      hosts.close();
    }
  }

  @ParameterizedTest
  @EnumSource
  void acceptsDataInTheSynAndAnswersAsOverTheJdksChannels(ServerProgram program) throws Exception {
    SwitchedProvider.plain(true);
    InetSocketAddress plain = program.serve(hosts, BackendLab.newPort(), folder.resolve("plain"));
    SwitchedProvider.plain(false);
    InetSocketAddress fast = program.serve(hosts, BackendLab.newPort(), folder.resolve("fast"));

    for (int i = 0; i < 3; i++) {
      assertThat(ask(program, plain)).isEqualTo(ServerProgram.ANSWER);
    }
    assertThat(accepted()).isZero();
    assertThat(ask(program, fast)).as("asks for a cookie").isEqualTo(ServerProgram.ANSWER);
    hosts.lab().wire().forget();
    long before = accepted();
    assertThat(StoppedTimer.during(() -> ask(program, fast))).isEqualTo(ServerProgram.ANSWER);
    assertThat(hosts.lab().wire().syns()).anyMatch(syn -> program.isFirst().test(syn.payload()));
    assertThat(accepted()).isEqualTo(before + 1);
  }

  private String ask(ServerProgram program, InetSocketAddress server) throws Exception {
    ProgramRun run =
        new ProgramRun(
            List.of(server), TestKeys.of(server.getAddress()).sslContext(), ProgramLab.PATIENT);
    return hosts.onClient(() -> program.client().run(run));
  }

  private long accepted() {
    return hosts.lab().server().counter("TCPFastOpenPassive");
  }
}
