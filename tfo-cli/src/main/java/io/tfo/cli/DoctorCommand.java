package io.tfo.cli;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import io.tfo.FastOpenBackends;
import io.tfo.FastOpenCapability;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Reports whether TCP Fast Open can be used on this machine, and what to change if not. */
@Command(
    name = "doctor",
    description =
        "Reports whether TCP Fast Open can be used on this machine, and what to change if not. With"
            + " --pid: how another JVM of the same user on this machine uses it.",
    exitCodeList = {
      "0:It can be used to connect and to listen.",
      "1:It can be used only to connect, or only to listen.",
      "2:It cannot be used; or with --pid, the agent in that JVM is off.",
      ExitStatus.USAGE_LINE,
      "69:There is no process with that PID, or it cannot be queried."
    })
final class DoctorCommand implements Callable<Integer> {
  private static final String INDENT = " ".repeat(24);

  private final Terminal terminal;
  private final Supplier<InstalledReport> probe;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Option(names = "--all", description = "Print the backends for other systems, too.")
  private boolean all;

  @Option(
      names = "--pid",
      paramLabel = "PID",
      description = "Query a running JVM: drop-ins, backend, counters, destinations in back-off.")
  private @Nullable Long pid;

  @Spec private CommandSpec spec = CommandSpec.create();

  DoctorCommand(Terminal terminal, Supplier<InstalledReport> probe) {
    this.terminal = terminal;
    this.probe = probe;
  }

  @Override
  public Integer call() throws IOException {
    if (pid != null) {
      return ask(pid);
    }
    InstalledReport installed = probe.get();
    if (json) {
      print(DoctorJson.of(installed));
    } else {
      print(installed);
    }
    return installed.exitStatus();
  }

  private void print(JsonObject object) {
    terminal.line(
        new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create().toJson(object));
  }

  private int ask(long process) throws IOException {
    Arguments.requireRange(spec, "--pid", process, 1, Long.MAX_VALUE);
    if (all) {
      throw new ParameterException(spec.commandLine(), "--all and --pid are mutually exclusive");
    }
    List<ProcessReport> copies;
    Optional<AgentState> agent;
    List<String> malformed;
    boolean isOff;
    try (AttachedProcess attached = JavaProcess.attachByJmx(process)) {
      copies = attached.ask(ProcessReport::of);
      agent = attached.agent();
      malformed = attached.malformedProperties();
      isOff = attached.isOff();
    }
    ProcessDoctor doctor = new ProcessDoctor(terminal, process, agent, malformed);
    if (json) {
      print(doctor.json(copies));
    } else {
      doctor.print(copies);
    }
    return isOff
        ? ExitStatus.NOT_AT_ALL
        : copies.stream().mapToInt(ProcessReport::exitStatus).min().orElse(ExitStatus.NOT_AT_ALL);
  }

  private void print(InstalledReport installed) {
    terminal.heading("TCP Fast Open on %s, Java %s".formatted(Version.system(), Version.java()));
    for (FastOpenBackends.Installed backend : installed.backends()) {
      if (!all && isForeign(backend)) {
        continue;
      }
      terminal.line();
      terminal.line(terminal.styled("bold", backend.name()) + chosen(backend));
      print("connect", backend.client());
      print("listen", backend.server());
    }
    String foreign =
        installed.backends().stream()
            .filter(DoctorCommand::isForeign)
            .map(FastOpenBackends.Installed::name)
            .collect(Collectors.joining(", "));
    terminal.line();
    if (!all && !foreign.isEmpty()) {
      terminal.line("Installed for other systems: " + foreign + " (--all shows them)");
    }
    if (!installed.problems().contains(installed.client().detail())
        && installed.backends().stream().noneMatch(b -> b.connects() || b.listens())) {
      terminal.paragraph(0, "No backend was chosen: " + installed.client().detail());
      installed.client().remedy().ifPresent(remedy -> terminal.line("  remedy: " + remedy));
    }
    for (String problem : installed.problems()) {
      terminal.paragraph(0, "Problem: " + problem);
    }
    terminal.line(Side.verdict(installed.client(), installed.server()));
  }

  private static boolean isForeign(FastOpenBackends.Installed backend) {
    return backend.backend().otherSystem().isPresent();
  }

  private static String chosen(FastOpenBackends.Installed backend) {
    if (backend.connects() && backend.listens()) {
      return " (chosen)";
    }
    return backend.connects()
        ? " (chosen to connect)"
        : backend.listens() ? " (chosen to listen)" : "";
  }

  private void print(String operation, FastOpenCapability capability) {
    String status = Side.status(capability);
    String style =
        switch (capability.status()) {
          case AVAILABLE -> Side.of(capability) == Side.USABLE ? "green" : "yellow";
          case DISABLED -> "yellow";
          case UNSUPPORTED -> "faint";
        };
    terminal.line(
        "  %-7s  %s%s",
        operation,
        terminal.styled(style, status) + " ".repeat(13 - status.length()),
        WordWrap.wrap(capability.detail(), Terminal.WIDTH - INDENT.length())
            .collect(Collectors.joining(System.lineSeparator() + INDENT)));
    capability.remedy().ifPresent(remedy -> terminal.line(INDENT + "remedy: " + remedy));
  }
}
