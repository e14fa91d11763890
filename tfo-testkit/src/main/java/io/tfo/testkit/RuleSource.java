package io.tfo.testkit;

import java.util.Arrays;
import java.util.Locale;

/**
 * The text that demands what a {@link Rule} checks.
 *
 * @param name what to look up: {@code RFC 7413, 4.2.2} or {@code SocketChannel.connect}
 */
public record RuleSource(String name) {
  /**
   * A section of an RFC.
   *
   * @param number the RFC's number
   * @param section the section's number, such as {@code 4.2.2}
   * @return the source
   */
  public static RuleSource rfc(int number, String section) {
    return new RuleSource(String.format(Locale.ROOT, "RFC %d, %s", number, section));
  }

  /**
   * The Javadoc of a type.
   *
   * @param type a type of the JDK or of this library
   * @return the source
   */
  public static RuleSource javadoc(Class<?> type) {
    return new RuleSource(type.getSimpleName());
  }

  /**
   * The Javadoc of a method.
   *
   * @param type a type of the JDK or of this library
   * @param method the name of a public method of that type
   * @return the source
   * @throws IllegalArgumentException if the type has no such method
   */
  public static RuleSource javadoc(Class<?> type, String method) {
    if (Arrays.stream(type.getMethods()).noneMatch(each -> each.getName().equals(method))) {
      throw new IllegalArgumentException(type + " has no method " + method);
    }
    return new RuleSource(type.getSimpleName() + "." + method);
  }

  /**
   * A file of the Linux kernel's documentation.
   *
   * @param file its path below {@code Documentation}
   * @return the source
   */
  public static RuleSource linux(String file) {
    return new RuleSource("Linux, Documentation/" + file);
  }

  /** Returns the name. */
  @Override
  public String toString() {
    return name;
  }
}
