package io.tfo.cli;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Loads the agent into another process, or switches it off there. */
@Command(
    name = "attach",
    description =
        "Switches TCP Fast Open on in another JVM on this machine, for the connects that it makes and"
            + " the listeners that it opens from then on; or off again.",
    exitCodeList = {
      "0:It is on in that JVM, except for channels if the output says so; with --off, it is off.",
      "1:The request was not carried out; the output says why.",
      ExitStatus.USAGE_LINE,
      "69:There is no such process, or this command cannot attach to it."
    })
final class AttachCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "PID", description = "The id of the process.")
  private long pid;

  @Option(names = "--off", description = "Switch it off.")
  private boolean off;

  @Option(
      names = "--options",
      paramLabel = "TEXT",
      defaultValue = "",
      description = "The agent's options, as after -javaagent:tfo-agent.jar= on a command line.")
  private String options = "";

  @Option(
      names = "--agent",
      paramLabel = "FILE",
      description = "The agent's jar; default: tfo-agent*.jar beside this program's jar.")
  private @Nullable Path agent;

  AttachCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws Exception {
    Arguments.requireRange(spec, "PID", pid, 1, Long.MAX_VALUE);
    if (off && !options.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "--off and --options are mutually exclusive");
    }
    Optional<AgentState> loaded = load();
    terminal.line(
        "process %d: TCP Fast Open is %s",
        pid, loaded.map(AgentState::text).orElse("off: the process has no agent"));
    boolean isOn = loaded.filter(state -> state.isOn() && !state.isUnchanged()).isPresent();
    if (isOn) {
      terminal.line(
          "This applies to connections and listeners that are opened from now on; open ones stay as"
              + " they are.");
    }
    boolean isOff = loaded.isEmpty() || loaded.get().isOff();
    return (off ? isOff : isOn) ? ExitStatus.YES : ExitStatus.NO;
  }

  private Optional<AgentState> load() throws IOException {
    try (Attachment jvm = JavaProcess.attach(pid)) {
      Optional<AgentState> before = jvm.agent();
      if (off && before.isEmpty()) {
        return before;
      }
      jvm.loadAgent(jar(before.map(AgentState::jar)), off ? "off" : options);
      return jvm.agent();
    }
  }

  /**
   * Returns the jar to load: the one that is already loaded there, so that the process does not get
   * a second agent; another one if that file was removed. A process in a container has its own
   * files.
   */
  private String jar(Optional<String> loaded) throws IOException {
    if (loaded.isPresent() && isFile(loaded.get())) {
      return loaded.get();
    }
    Path given = agent == null ? beside() : agent;
    if (given == null) {
      throw new IOException(
          "there is no tfo-agent*.jar beside this program's jar: give its path with --agent");
    }
    String jar = given.toAbsolutePath().toString();
    if (!isFile(jar)) {
      throw new IOException("there is no file " + given);
    }
    return jar;
  }

  /**
   * Whether it is a file here or there; true also for a name that this process' locale cannot
   * represent.
   */
  private boolean isFile(String jar) {
    try {
      return places(jar, pid, System.getProperty("os.name", "")).stream()
          .anyMatch(place -> Files.isRegularFile(Path.of(place)));
    } catch (InvalidPathException e) {
      return true; // the JVM there reports what is wrong with it
    }
  }

  /**
   * Returns where the jar can be: on Linux also below the process' own root, as in a container. On
   * other systems that path does not exist, and can be malformed: {@code /proc/1/rootC:\agent.jar}.
   */
  static List<String> places(String jar, long pid, String system) {
    return system.equals("Linux") ? List.of(jar, "/proc/" + pid + "/root" + jar) : List.of(jar);
  }

  private static @Nullable Path beside() throws IOException {
    try {
      Path own =
          Path.of(AttachCommand.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      try (Stream<Path> files = Files.list(Objects.requireNonNull(own.getParent()))) {
        return files
            .filter(file -> file.getFileName().toString().matches("tfo-agent(-[0-9].*)?\\.jar"))
            .filter(file -> !file.toString().matches(".*-(sources|javadoc)\\.jar"))
            .findFirst()
            .orElse(null);
      }
    } catch (URISyntaxException e) {
      throw new IOException(e);
    }
  }
}
