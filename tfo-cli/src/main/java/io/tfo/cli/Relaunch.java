package io.tfo.cli;

import io.tfo.lab.LabProcess;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Runs this program again in a process where an ordinary user can use the lab. */
@FunctionalInterface
interface Relaunch {
  /**
   * Runs the program again, if the lab needs another process.
   *
   * @param arguments the arguments of this program
   * @return the exit status of the other process; empty if this process can use the lab itself
   */
  OptionalInt run(List<String> arguments) throws IOException, InterruptedException;

  /** Starts another process if the lab needs it. */
  static OptionalInt ifNeeded(List<String> arguments) throws IOException, InterruptedException {
    if (!LabProcess.needed()) {
      return OptionalInt.empty();
    }
    return OptionalInt.of(LabProcess.start(jvmOptions(), Tfo.class, arguments).waitFor());
  }

  /** The JVM options of the other process, which does not read the stand-alone jar's manifest. */
  private static List<String> jvmOptions() {
    List<String> options = new ArrayList<>();
    Module module = Tfo.class.getModule();
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

  /** The modules that no module of the application requires, if they are on the module path. */
  private static String optionalModules() {
    return Stream.of("info.picocli", "com.google.gson", "okhttp3", "okhttp3.tls")
        .filter(name -> ModuleLayer.boot().findModule(name).isPresent())
        .collect(Collectors.joining(","));
  }
}
