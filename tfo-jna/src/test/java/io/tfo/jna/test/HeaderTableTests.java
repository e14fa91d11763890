package io.tfo.jna.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.jna.SocketAddressLayout;
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
 * Compares the constants of a backend, and of its simulated kernel, with the table that {@code
 * .ci/headers} has made of the system's own headers: {@code headers/SYSTEM.tsv} among the test
 * resources. A constant has the name of its line in that table.
 */
public abstract class HeaderTableTests {
  /** The names of {@code SocketAddressLayout}'s constants, and their names in the tables. */
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

  private final Map<String, Integer> table;
  private final SocketAddressLayout layout;
  private final List<Class<?>> constants;
  private final Class<? extends Enum<?>> errors;
  private final Set<String> notInHeaders;

  /**
   * @param system the name of the table
   * @param layout the system's socket addresses
   * @param constants the classes whose constants are the system's
   * @param errors an enum whose only int field is the error's number
   * @param notInHeaders constants and errors that the system's headers do not have
   */
  protected HeaderTableTests(
      String system,
      SocketAddressLayout layout,
      List<Class<?>> constants,
      Class<? extends Enum<?>> errors,
      Set<String> notInHeaders) {
    this.table = read("/headers/" + system + ".tsv");
    this.layout = layout;
    this.constants = constants;
    this.errors = errors;
    this.notInHeaders = notInHeaders;
  }

  private Map<String, Integer> read(String resource) {
    Map<String, Integer> values = new HashMap<>();
    try (InputStream in = getClass().getResourceAsStream(resource)) {
      assertThat(in).as("the table %s", resource).isNotNull();
      new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.split("\t"))
          .filter(columns -> columns[1].matches("-?\\d+"))
          .forEach(columns -> values.put(columns[0], (int) Long.parseLong(columns[1])));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return values;
  }

  /** The value of a line of the table. */
  protected int header(String name) {
    assertThat(table).containsKey(name);
    return table.get(name);
  }

  @TestFactory
  Stream<DynamicTest> constantsAreThoseOfTheHeaders() {
    return constants.stream()
        .map(
            type ->
                DynamicTest.dynamicTest(
                    type.getSimpleName(), () -> compare(constants(type), type.getSimpleName())));
  }

  @Test
  void errorNumbersAreThoseOfTheHeaders() throws Exception {
    compare(numbers(errors), errors.getSimpleName());
  }

  @Test
  void socketAddressesAreLaidOutAsTheHeadersHaveIt() throws Exception {
    Map<String, Integer> ours = new HashMap<>();
    constants(SocketAddressLayout.class)
        .forEach((name, value) -> ours.put(LAYOUT.get(name), value));
    assertThat(ours).hasSameSizeAs(LAYOUT);
    compare(ours, "SocketAddressLayout");
    Field family = SocketAddressLayout.class.getDeclaredField("afInet6");
    family.setAccessible(true);
    assertThat(family.getInt(layout)).isEqualTo(header("AF_INET6"));
  }

  private void compare(Map<String, Integer> ours, String where) {
    assertThat(ours).as(where).isNotEmpty();
    ours.forEach(
        (name, value) ->
            assertThat(value)
                .as("%s.%s, as the header has it", where, name)
                .isEqualTo(table.get(name)));
  }

  private Map<String, Integer> constants(Class<?> type) throws IllegalAccessException {
    Map<String, Integer> values = new HashMap<>();
    for (Field field : type.getDeclaredFields()) {
      boolean isConstant = Modifier.isStatic(field.getModifiers()) && !field.isSynthetic();
      if (isConstant && !notInHeaders.contains(field.getName())) {
        field.setAccessible(true);
        if (field.get(null) instanceof Number number) {
          values.put(field.getName(), number.intValue());
        }
      }
    }
    return values;
  }

  private Map<String, Integer> numbers(Class<? extends Enum<?>> type)
      throws IllegalAccessException {
    Map<String, Integer> values = new HashMap<>();
    for (Enum<?> each : type.getEnumConstants()) {
      for (Field field : type.getDeclaredFields()) {
        if (field.getType() == int.class
            && !Modifier.isStatic(field.getModifiers())
            && !notInHeaders.contains(each.name())) {
          field.setAccessible(true);
          values.put(each.name(), field.getInt(each));
        }
      }
    }
    return values;
  }
}
