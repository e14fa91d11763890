package io.tfo.benchmarks;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;

/**
 * A JDK on this machine.
 *
 * @param home its installation folder
 * @param version such as 17.0.15
 */
record InstalledJdk(Path home, Runtime.Version version) {
  /** The first version that has {@code --enable-native-access}. */
  private static final int NATIVE_ACCESS = 22;

  /** The JDK that runs this code. */
  static InstalledJdk running() {
    return new InstalledJdk(Path.of(System.getProperty("java.home")), Runtime.version());
  }

  /** The newest of the JDKs in the folder of the running one. */
  static InstalledJdk newest() {
    InstalledJdk running = running();
    Path beside = running.home().getParent();
    if (beside == null) {
      return running;
    }
    try (Stream<Path> homes = Files.list(beside)) {
      return Stream.concat(Stream.of(running), homes.flatMap(home -> at(home).stream()))
          .max(Comparator.comparing(jdk -> jdk.version().feature()))
          .orElse(running);
    } catch (IOException e) {
      return running;
    }
  }

  private static Optional<InstalledJdk> at(Path home) {
    Path release = home.resolve("release");
    if (!Files.isExecutable(home.resolve("bin/java")) || !Files.isReadable(release)) {
      return Optional.empty();
    }
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(release)) {
      properties.load(reader);
      String version = properties.getProperty("JAVA_VERSION", "").replace("\"", "");
      return Optional.of(new InstalledJdk(home, Runtime.Version.parse(version)));
    } catch (IOException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  String java() {
    return home.resolve("bin").resolve("java").toString();
  }

  List<String> nativeAccess() {
    return version.feature() >= NATIVE_ACCESS
        ? List.of("--enable-native-access=ALL-UNNAMED")
        : List.of();
  }

  @Override
  public String toString() {
    return "JDK " + version;
  }
}
