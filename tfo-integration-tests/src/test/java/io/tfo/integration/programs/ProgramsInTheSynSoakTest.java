package io.tfo.integration.programs;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.integration.nio.ProviderJvm;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Programs that wait for {@code OP_CONNECT} whatever {@code connect} returns. */
@Timeout(60)
@ExtendWith(ProviderJvm.class)
class ProgramsInTheSynSoakTest {
  private static final int FIRST_PORT = 8400;

  @ParameterizedTest
  @EnumSource(names = {"VERTX", "DNS_JAVA", "MONGO_OVER_TLS"})
  void sendsItsFirstBytesInTheSecondSyn(Program program) throws Exception {
    try (ProgramLab lab = ProgramLab.open(program, FIRST_PORT + program.ordinal())) {
      String first = lab.fast(ProgramLab.PATIENT);
      assertThat(lab.fast(ProgramLab.PATIENT)).isEqualTo(first);
      assertThat(lab.syns()).anyMatch(syn -> program.isFirst(syn.payload()));
    }
  }
}
