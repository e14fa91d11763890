package io.tfo.cli;

import java.util.Objects;
import java.util.Optional;
import picocli.CommandLine.IVersionProvider;

/** The versions of this program, of Java and of the operating system. */
final class Version implements IVersionProvider {
  /** The version of this program: from its module, or from the manifest of its jar. */
  static String program() {
    return Optional.ofNullable(Tfo.class.getModule().getDescriptor())
        .flatMap(module -> module.rawVersion())
        .or(() -> Optional.ofNullable(Tfo.class.getPackage().getImplementationVersion()))
        .orElse("(not packaged)");
  }

  /** The operating system and its architecture. */
  static String system() {
    return "%s %s %s".formatted(property("os.name"), property("os.version"), property("os.arch"));
  }

  static String java() {
    return property("java.version");
  }

  private static String property(String name) {
    return Objects.requireNonNullElse(System.getProperty(name), "unknown");
  }

  @Override
  public String[] getVersion() {
    return new String[] {
      "tfo %s, Java %s, %s".formatted(program(), java(), system()),
    };
  }
}
