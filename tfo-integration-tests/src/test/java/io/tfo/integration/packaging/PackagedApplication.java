package io.tfo.integration.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.Native;
import io.tfo.nio.FastOpenSelectorProvider;
import io.tfo.test.ChildJvm;
import java.io.File;
import java.lang.module.FindException;
import java.lang.module.ModuleFinder;
import java.nio.channels.spi.SelectorProvider;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

/** The application in {@code src/test/resources/packaging}: compiled, packed, and run. */
final class PackagedApplication {
  private static final Path SOURCES =
      SourceTree.file("tfo-integration-tests/src/test/resources/packaging/application");
  private static final String OURS = "io.tfo";

  private PackagedApplication() {}

  /**
   * The jars or folders on this JVM's class path that {@code io.tfo.all} requires: the API, the
   * backends, and what they stand on, without JNA.
   */
  static List<Path> modules() {
    Path[] candidates =
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
            .map(Path::of)
            .filter(path -> isModule(path) || path.equals(Path.of(ChildJvm.home(Native.class))))
            .toArray(Path[]::new);
    return ModuleLayer.boot()
        .configuration()
        .resolve(ModuleFinder.of(candidates), ModuleFinder.of(), Set.of(OURS + ".all"))
        .modules()
        .stream()
        .filter(module -> module.name().startsWith(OURS))
        .map(module -> Path.of(module.reference().location().orElseThrow()))
        .toList();
  }

  private static boolean isModule(Path path) {
    try {
      return ModuleFinder.of(path).findAll().stream()
          .anyMatch(module -> !module.descriptor().isAutomatic());
    } catch (FindException noModule) {
      return false;
    }
  }

  /** Compiles the application as a module. */
  static void compileModule(Path classes, List<Path> modulePath) throws Exception {
    compile(
        List.of("-p", path(modulePath), "-d", classes.toString()),
        SOURCES.resolve("module-info.java"),
        SOURCES.resolve("application/Main.java"));
  }

  /** Compiles the application for the class path. */
  static void compile(Path classes, List<Path> classPath) throws Exception {
    compile(
        List.of("-cp", path(classPath), "-d", classes.toString()),
        SOURCES.resolve("application/Main.java"));
  }

  private static void compile(List<String> options, Path... sources) {
    List<String> arguments = new ArrayList<>(List.of("-proc:none"));
    arguments.addAll(options);
    Stream.of(sources).map(Path::toString).forEach(arguments::add);
    tool("javac", arguments);
  }

  /** Runs a tool of this JDK, which must succeed. */
  static void tool(String name, List<String> arguments) {
    java.io.StringWriter output = new java.io.StringWriter();
    java.io.PrintWriter printer = new java.io.PrintWriter(output);
    int exit =
        ToolProvider.findFirst(name)
            .orElseThrow(() -> new AssertionError("this JDK has no " + name))
            .run(printer, printer, arguments.toArray(String[]::new));
    assertThat(exit).as("%s %s: %s", name, arguments, output).isZero();
  }

  static String path(List<Path> entries) {
    return ChildJvm.path(entries.stream().map(Path::toString).toArray(String[]::new));
  }

  /**
   * Runs the application in a network namespace, and expects what only an installed backend with
   * the class that defers connects can do: data in the SYN, by the connector and by the provider.
   *
   * @param java the {@code java} to run
   * @param home the package that stands for {@code io.tfo}
   * @param options what tells {@code java} where the application is
   */
  static void expectFastOpen(Path folder, Path java, String home, List<String> options)
      throws Exception {
    boolean root = Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    List<String> command = new ArrayList<>();
    command.addAll(List.of("unshare", root ? "-n" : "-Urn", "sh", "-c"));
    command.add("ip link set lo up && exec \"$0\" \"$@\"");
    command.add(java.toString());
    command.add(
        "-D%s=%s"
            .formatted(
                SelectorProvider.class.getName(),
                FastOpenSelectorProvider.class.getName().replace(OURS, home)));
    command.add("-D" + home + ".provider.ports=all");
    // A busy machine may take longer from the connect to the first write than the default limit.
    command.add("-D" + home + ".provider.firstWriteMillis=10000");
    command.addAll(options);
    ChildProgram program = ChildProgram.run(folder, command);
    new ChildJvm(program.exit(), program.output()).expectInside();

    assertThat(program.output())
        .contains("connect 1: COOKIE_REQUESTED")
        .contains("connect 2: SYN_DATA_ACKED")
        .contains("provider's channel is hidden: true")
        .contains("provider 2: SYN_DATA_ACKED")
        .contains("connects are deferred by linux-connect")
        .contains("done");
    assertThat(program.exit()).isZero();
  }
}
