package io.tfo.integration.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.lab.Lab;
import io.tfo.lab.test.Labs;
import io.tfo.test.ChildJvm;
import io.tfo.testkit.BackendLab;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The command {@code tfo probe}, in a process of its own, with common web servers. */
@Timeout(120)
class ProbeOfProgramsTest {
  @TempDir private Path servers;
  @TempDir private Path probes;

  @ParameterizedTest
  @EnumSource
  void tellsThatTheServerTakesDataInTheSyn(WebProgram program) throws Exception {
    try (Lab lab = Labs.twoHosts()) {
      InetSocketAddress server = new InetSocketAddress(lab.server().ipv4(), BackendLab.newPort());
      try (HostProgram running = program.start(lab.server(), server, servers)) {
        assertThat(probe(lab, server))
            .as(running::toString)
            .contains("an HTTP HEAD request", "SYN data acknowledged", "TCP Fast Open works")
            .contains("reply after");
      }
    }
  }

  private String probe(Lab lab, InetSocketAddress server) throws Exception {
    return HostProgram.run(
        lab.client(),
        probes,
        Path.of(System.getProperty("java.home"), "bin", "java"),
        "-cp",
        ChildJvm.classPath("gson", "picocli"),
        "io.tfo.cli.Tfo",
        "probe",
        server.getAddress().getHostAddress() + ":" + server.getPort());
  }
}
