package io.tfo.testkit;

import io.tfo.lab.Lab;
import io.tfo.lab.LabAvailability;
import io.tfo.spi.FastOpenBackend;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/**
 * Tests that record the calls of a backend. On Linux the simulated system must answer as in its
 * record, which is kept among the tests. On the real system the record is written below {@code
 * target/records}, with the differences from the simulation.
 *
 * <p>{@code -Dio.tfo.records=write} rewrites the simulation's record.
 *
 * @param <T> the backend's interface to its system
 */
public abstract class RecordTests<T> {
  private static final String PROPERTY = "io.tfo.records";

  private final String name;
  private final Class<T> type;

  /**
   * Creates the tests of one system.
   *
   * @param name the name of the system, and of its record
   * @param type the backend's interface to its system
   */
  protected RecordTests(String name, Class<T> type) {
    this.name = name;
    this.type = type;
  }

  /** Returns a new simulated system. */
  protected abstract T simulated();

  /** Returns the real system; called only on that system. */
  protected abstract T real();

  /** Creates the backend on a system. */
  protected abstract FastOpenBackend backend(T system);

  /** Returns the calls that are made in no fixed order. */
  protected String[] unrecorded() {
    return new String[0];
  }

  /** Says whether this is the real system. */
  protected abstract boolean isHere();

  private List<String> record(T system) throws Exception {
    Function<T, FastOpenBackend> backend = this::backend;
    return CallRecord.of(type, system, backend, unrecorded());
  }

  private String resource() {
    return "/records/" + name + "-simulated.txt";
  }

  private List<String> kept() throws IOException {
    try (InputStream in = getClass().getResourceAsStream(resource())) {
      return in == null
          ? List.of()
          : new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
  }

  /**
   * On Linux: the simulated system against its record.
   *
   * @throws Exception if a connect fails
   */
  @Test
  @EnabledOnOs(OS.LINUX)
  protected void theSimulatedSystemAnswersAsItsRecordSays() throws Exception {
    Assumptions.assumeTrue(
        Lab.availability().kind() != LabAvailability.Kind.NONE, "no lab with the server side on");
    backend(simulated()).connector().capability(); // starts threads that live on
    List<String> record;
    try (Lab lab = Lab.open()) {
      record = lab.client().call(() -> record(simulated()));
    }
    if ("write".equals(System.getProperty(PROPERTY))) {
      Path file = Path.of("src/test/resources" + resource());
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.write(file, record);
      return;
    }
    Assertions.assertEquals(
        List.of(),
        CallRecord.differences(kept(), record),
        "the simulation differs from its record");
  }

  /**
   * On the real system: writes its record.
   *
   * @throws Exception if a connect fails
   */
  @Test
  protected void theRealSystemIsRecorded() throws Exception {
    Assumptions.assumeTrue(isHere(), "this is " + System.getProperty("os.name"));
    List<String> record = record(real());
    System.out.println("recorded: " + CallRecord.write(name, record, kept()).toAbsolutePath());
    check(record);
  }

  /**
   * Checks what a real system must answer.
   *
   * @param record its record
   */
  protected void check(List<String> record) {
    Assertions.assertEquals(
        6, record.stream().filter("* received all"::equals).count(), "connects whose data arrived");
  }
}
