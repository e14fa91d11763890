package io.tfo.cli;

import com.google.gson.GsonBuilder;
import io.tfo.FastOpenBackends;
import io.tfo.FastOpenCapability;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Reports whether TCP Fast Open can be used on this machine, and what to change if not. */
@Command(
    name = "doctor",
    description =
        "Reports whether TCP Fast Open can be used on this machine, and what to change if not.",
    exitCodeList = {
      "0:It can be used to connect and to listen.",
      "1:It can be used only to connect, or only to listen.",
      "2:It cannot be used.",
      ExitStatus.USAGE_LINE
    })
final class DoctorCommand implements Callable<Integer> {
  private static final String INDENT = " ".repeat(24);

  private final Terminal terminal;
  private final Supplier<InstalledReport> probe;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Option(names = "--all", description = "Print the backends for other systems, too.")
  private boolean all;

  DoctorCommand(Terminal terminal, Supplier<InstalledReport> probe) {
    this.terminal = terminal;
    this.probe = probe;
  }

  @Override
  public Integer call() {
    InstalledReport installed = probe.get();
    if (json) {
      terminal.line(
          new GsonBuilder()
              .setPrettyPrinting()
              .disableHtmlEscaping()
              .create()
              .toJson(DoctorJson.of(installed)));
    } else {
      print(installed);
    }
    return installed.exitStatus();
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
    if (installed.problems().isEmpty()
        && installed.backends().stream().noneMatch(b -> b.connects() || b.listens())) {
      terminal.paragraph(0, "No backend was chosen: " + installed.client().detail());
      installed.client().remedy().ifPresent(remedy -> terminal.line("  remedy: " + remedy));
    }
    for (String problem : installed.problems()) {
      terminal.paragraph(0, "Problem: " + problem);
    }
    terminal.line(verdict(installed));
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
    String status = capability.status().name().toLowerCase(Locale.ROOT);
    String style =
        switch (capability.status()) {
          case AVAILABLE -> "green";
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

  private static String verdict(InstalledReport installed) {
    if (installed.connects()) {
      return installed.listens()
          ? "TCP Fast Open can be used to connect and to listen."
          : "TCP Fast Open can be used to connect, but not to listen.";
    }
    return installed.listens()
        ? "TCP Fast Open can be used to listen, but not to connect."
        : "TCP Fast Open cannot be used: connects and listeners are ordinary ones.";
  }
}
