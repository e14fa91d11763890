package io.tfo.integration.programs;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.integration.nio.AsynchronousProviderJvm;
import io.tfo.lab.Segment;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Programs over asynchronous channels. They connect to a port at which the provider does not defer
 * connects, and to one at which it does.
 */
@Timeout(60)
@ExtendWith(AsynchronousProviderJvm.class)
class AsynchronousProgramsSoakTest {
  private static final int FIRST_PLAIN_PORT = 9400;
  private static final int FIRST_PORT = 8470;

  @ParameterizedTest
  @EnumSource(names = {"MONGO", "SSHD"})
  void sendsItsFirstBytesInTheSecondSyn(Program program) throws Exception {
    String plain;
    try (ProgramLab lab = ProgramLab.open(program, FIRST_PLAIN_PORT + program.ordinal())) {
      plain = lab.fast(ProgramLab.PATIENT);
      assertThat(lab.syns()).isNotEmpty().noneMatch(Segment::hasFastOpenOption);
    }
    try (ProgramLab lab = ProgramLab.open(program, FIRST_PORT + program.ordinal())) {
      assertThat(lab.fast(ProgramLab.PATIENT)).isEqualTo(plain);
      assertThat(lab.fast(ProgramLab.PATIENT)).isEqualTo(plain);
      assertThat(lab.syns()).anyMatch(syn -> program.isFirst(syn.payload()));
      assertThat(lab.hosts().lab().server().counter("TCPFastOpenPassive")).isPositive();
    }
  }
}
