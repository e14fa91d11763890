package io.tfo.cli;

import io.tfo.lab.LabProcess;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Runs this program again where an ordinary user may have the lab. */
@FunctionalInterface
interface Relaunch {
  /**
   * Runs the program again, if that helps.
   *
   * @param arguments those of this program
   * @return the exit status of the other process, or nothing where this one can do as well
   */
  OptionalInt run(List<String> arguments) throws IOException, InterruptedException;

  /** In a process of its own where that is needed. */
  static OptionalInt ifNeeded(List<String> arguments) throws IOException, InterruptedException {
    if (!LabProcess.needed()) {
      return OptionalInt.empty();
    }
    return OptionalInt.of(LabProcess.start(jvmOptions(), Tfo.class, arguments).waitFor());
  }

  /** What the manifest of the stand-alone jar says does not hold in a process of a class path. */
  private static List<String> jvmOptions() {
    List<String> options = new ArrayList<>();
    Module module = Tfo.class.getModule();
    if (Runtime.version().feature() >= 22) {
      options.add("--enable-native-access=" + (module.isNamed() ? "com.sun.jna" : "ALL-UNNAMED"));
    }
    if (module.isNamed()) {
      options.add("--add-modules=" + optionalModules());
    }
    for (String property : System.getProperties().stringPropertyNames()) {
      if (property.startsWith("io.tfo.")
          || property.startsWith("jna.")
          || property.startsWith("java.net.")) {
        options.add("-D" + property + "=" + System.getProperty(property));
      }
    }
    return options;
  }

  /** Those that the command line needs or can use, and that nobody requires: as far as here. */
  private static String optionalModules() {
    return Stream.of("info.picocli", "com.google.gson", "okhttp3", "okhttp3.tls")
        .filter(name -> ModuleLayer.boot().findModule(name).isPresent())
        .collect(Collectors.joining(","));
  }
}
