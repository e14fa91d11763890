package io.tfo.lab.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tfo.lab.Lab;
import io.tfo.lab.LabAvailability;
import io.tfo.lab.LabAvailability.Kind;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.function.ToIntFunction;

/** Opens labs for tests. A test without a lab is skipped; with -Dio.tfo.lab=require it fails. */
public final class Labs {
  private static final LabAvailability AVAILABILITY = Lab.availability();
  private static final boolean REQUIRED = "require".equals(System.getProperty("io.tfo.lab"));

  private Labs() {}

  /** Opens a lab whose wire can have delays and faults. */
  public static Lab twoHosts() throws IOException {
    need(Kind.TWO_HOSTS);
    return Lab.open(Kind.TWO_HOSTS);
  }

  /** Opens a lab with servers that all have the same addresses; see {@link Lab#fleet}. */
  public static Lab fleet(int servers, ToIntFunction<InetSocketAddress> balance)
      throws IOException {
    need(Kind.TWO_HOSTS);
    return Lab.fleet(servers, balance);
  }

  /** Opens a lab on one loopback interface, though a better one may be possible. */
  public static Lab loopback() throws IOException {
    need(Kind.LOOPBACK);
    return Lab.open(Kind.LOOPBACK);
  }

  /** Opens a loopback lab for a test that looks at no segment; see {@link Lab#unrecorded}. */
  public static Lab unrecorded() throws IOException {
    need(Kind.LOOPBACK);
    return Lab.unrecorded();
  }

  private static void need(Kind kind) {
    boolean enough = AVAILABILITY.kind().compareTo(kind) <= 0;
    if (REQUIRED) {
      assertThat(enough).as("needs %s: %s", kind, AVAILABILITY).isTrue();
    }
    assumeTrue(enough, () -> "needs " + kind + ": " + AVAILABILITY);
  }
}
