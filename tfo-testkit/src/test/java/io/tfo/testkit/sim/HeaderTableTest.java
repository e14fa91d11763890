package io.tfo.testkit.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Every number and offset of the backends and of the simulated kernels is that of the system's own
 * header: a constant has the name that its line in the table has ({@code .ci/headers} makes it).
 */
class HeaderTableTest {
  /** Constants of ours, which no header can know. */
  private static final Set<String> OURS = Set.of("CAPACITY", "ROOM", "MOST_QUEUED");

  /** What the error numbers have beyond a system's: another system's, or none at all. */
  private static final Map<String, Set<String>> ELSEWHERE =
      Map.of("freebsd", Set.of("ENODATA"), "windows", Set.of("UNKNOWN"));

  private static final Map<String, List<String>> CLASSES =
      Map.of(
          "freebsd",
          List.of(
              "io.tfo.backend.bsd.BsdSockets",
              "io.tfo.testkit.sim.BsdAbi",
              "io.tfo.testkit.sim.FreeBsdAbi"),
          "darwin",
          List.of(
              "io.tfo.backend.darwin.DarwinSockets",
              "io.tfo.backend.darwin.Endpoints",
              "io.tfo.backend.darwin.ConnectionInfo",
              "io.tfo.backend.darwin.FastOpenSysctl",
              "io.tfo.testkit.sim.BsdAbi",
              "io.tfo.testkit.sim.DarwinAbi"),
          "windows",
          List.of("io.tfo.backend.windows.WindowsSockets", "io.tfo.testkit.sim.windows.Wsa"));

  private static final Map<String, List<String>> ENUMS =
      Map.of(
          "freebsd", List.of("io.tfo.jna.bsd.BsdErrno"),
          "darwin", List.of("io.tfo.jna.bsd.BsdErrno"),
          "windows", List.of("io.tfo.backend.windows.WsaError"));

  /** The names in {@code SocketAddressLayout}, and in the tables. */
  private static final Map<String, String> LAYOUT =
      Map.of(
          "AF_INET", "AF_INET",
          "MAX_LENGTH", "SIZEOF_SOCKADDR_IN6",
          "SIZEOF_SOCKADDR_IN", "SIZEOF_SOCKADDR_IN",
          "PORT", "PORT",
          "IPV4_ADDRESS", "IPV4_ADDRESS",
          "FLOW_INFO", "FLOW_INFO",
          "IPV6_ADDRESS", "IPV6_ADDRESS",
          "SCOPE_ID", "SCOPE_ID");

  private static Map<String, Integer> table(String system) throws IOException {
    Map<String, Integer> values = new HashMap<>();
    try (InputStream in =
        HeaderTableTest.class.getResourceAsStream("/headers/" + system + ".tsv")) {
      new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.split("\t"))
          .filter(columns -> columns[1].matches("-?\\d+"))
          .forEach(columns -> values.put(columns[0], (int) Long.parseLong(columns[1])));
    }
    return values;
  }

  @TestFactory
  Stream<DynamicTest> constantsAreThoseOfTheHeaders() {
    return CLASSES.keySet().stream()
        .sorted()
        .flatMap(
            system ->
                CLASSES.get(system).stream()
                    .map(
                        type ->
                            DynamicTest.dynamicTest(
                                type + " on " + system,
                                () -> {
                                  Class<?> found = present(type);
                                  compare(constants(found), table(system), type);
                                })));
  }

  @TestFactory
  Stream<DynamicTest> errorNumbersAreThoseOfTheHeaders() {
    return ENUMS.keySet().stream()
        .sorted()
        .flatMap(
            system ->
                ENUMS.get(system).stream()
                    .map(
                        type ->
                            DynamicTest.dynamicTest(
                                type + " on " + system,
                                () -> {
                                  Map<String, Integer> ours = numbers(present(type));
                                  ours.keySet().removeAll(ELSEWHERE.getOrDefault(system, Set.of()));
                                  compare(ours, table(system), type);
                                })));
  }

  @TestFactory
  Stream<DynamicTest> socketAddressesAreLaidOutAsTheHeadersHaveIt() {
    return Stream.of("freebsd", "darwin", "windows")
        .map(
            system ->
                DynamicTest.dynamicTest(
                    "SocketAddressLayout on " + system,
                    () -> {
                      Map<String, Integer> ours = new HashMap<>();
                      constants(Class.forName("io.tfo.jna.SocketAddressLayout"))
                          .forEach((name, value) -> ours.put(LAYOUT.get(name), value));
                      assertThat(ours).hasSameSizeAs(LAYOUT);
                      compare(ours, table(system), "SocketAddressLayout");
                    }));
  }

  @Test
  void eachSystemHasItsOwnIpv6Family() throws Exception {
    Map<String, String> systems =
        Map.of("BSD", "freebsd", "DARWIN", "darwin", "WINDOWS", "windows");
    for (Object layout : Class.forName("io.tfo.jna.SocketAddressLayout").getEnumConstants()) {
      String system = systems.get(layout.toString());
      if (system != null) {
        Field family = layout.getClass().getDeclaredField("afInet6");
        family.setAccessible(true);
        assertThat(family.getInt(layout)).as("%s", layout).isEqualTo(table(system).get("AF_INET6"));
      }
    }
  }

  @Test
  void theLengthIsTheFirstByteAndTheFamilyTheSecond() throws IOException {
    for (String system : List.of("freebsd", "darwin")) {
      assertThat(table(system)).containsEntry("SA_LEN", 0).containsEntry("SA_FAMILY", 1);
      assertThat(table(system)).containsEntry("SIZEOF_SIZE_T", 8).containsEntry("SIZEOF_INT", 4);
      assertThat(table(system)).containsEntry("SIZEOF_SOCKLEN_T", 4);
    }
  }

  private static Class<?> present(String type) {
    try {
      return Class.forName(type, false, HeaderTableTest.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      assumeThat(type).as("is on the class path").isEmpty();
      throw new AssertionError(e);
    }
  }

  private static void compare(Map<String, Integer> ours, Map<String, Integer> table, String where) {
    assertThat(ours).as(where).isNotEmpty();
    ours.forEach(
        (name, value) ->
            assertThat(value)
                .as("%s.%s, as the header has it", where, name)
                .isEqualTo(table.get(name)));
  }

  private static Map<String, Integer> constants(Class<?> type) throws IllegalAccessException {
    Map<String, Integer> values = new HashMap<>();
    for (Field field : type.getDeclaredFields()) {
      boolean isConstant = Modifier.isStatic(field.getModifiers()) && !field.isSynthetic();
      if (isConstant && !OURS.contains(field.getName())) {
        field.setAccessible(true);
        if (field.get(null) instanceof Number number) {
          values.put(field.getName(), number.intValue());
        }
      }
    }
    return values;
  }

  /** An enum's only int is the number. */
  private static Map<String, Integer> numbers(Class<?> type) throws IllegalAccessException {
    Map<String, Integer> values = new HashMap<>();
    for (Object each : type.getEnumConstants()) {
      for (Field field : type.getDeclaredFields()) {
        if (field.getType() == int.class && !Modifier.isStatic(field.getModifiers())) {
          field.setAccessible(true);
          values.put(((Enum<?>) each).name(), field.getInt(each));
        }
      }
    }
    return values;
  }
}
