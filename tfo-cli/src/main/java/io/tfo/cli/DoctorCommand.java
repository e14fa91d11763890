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

/** Tells what this machine can do, and what to change where it cannot. */
@Command(
    name = "doctor",
    description =
        "Tells whether TCP Fast Open can be used on this machine, and if not, what to do.",
    exitCodeList = {
      "0:It can be used both ways: to connect and to listen.",
      "1:It can be used one way only.",
      "2:It cannot be used.",
      ExitStatus.USAGE_LINE
    })
final class DoctorCommand implements Callable<Integer> {
  private static final String INDENT = " ".repeat(24);

  private final Terminal terminal;
  private final Supplier<InstalledReport> search;

  @Option(names = "--json", description = "Print JSON, for programs.")
  private boolean json;

  DoctorCommand(Terminal terminal, Supplier<InstalledReport> search) {
    this.terminal = terminal;
    this.search = search;
  }

  @Override
  public Integer call() {
    InstalledReport findings = search.get();
    if (json) {
      terminal.line(
          new GsonBuilder()
              .setPrettyPrinting()
              .disableHtmlEscaping()
              .create()
              .toJson(DoctorJson.of(findings)));
    } else {
      print(findings);
    }
    return findings.exitStatus();
  }

  private void print(InstalledReport findings) {
    terminal.heading("TCP Fast Open on %s, Java %s".formatted(Version.system(), Version.java()));
    for (FastOpenBackends.Installed backend : findings.backends()) {
      terminal.line();
      terminal.line(terminal.styled("bold", backend.name()) + chosen(backend));
      print("connect", backend.client());
      print("listen", backend.server());
    }
    terminal.line();
    if (findings.problems().isEmpty()
        && findings.backends().stream().noneMatch(b -> b.connects() || b.listens())) {
      terminal.prose(0, "No backend is chosen: " + findings.client().detail());
      findings.client().remedy().ifPresent(remedy -> terminal.line("  remedy: " + remedy));
    }
    for (String problem : findings.problems()) {
      terminal.prose(0, "Problem: " + problem);
    }
    terminal.line(verdict(findings));
  }

  private static String chosen(FastOpenBackends.Installed backend) {
    if (backend.connects() && backend.listens()) {
      return " (chosen)";
    }
    return backend.connects()
        ? " (chosen to connect)"
        : backend.listens() ? " (chosen to listen)" : "";
  }

  private void print(String side, FastOpenCapability capability) {
    String status = capability.status().name().toLowerCase(Locale.ROOT);
    String style =
        switch (capability.status()) {
          case AVAILABLE -> "green";
          case DISABLED -> "yellow";
          case UNSUPPORTED -> "faint";
        };
    terminal.line(
        "  %-7s  %s%s",
        side,
        terminal.styled(style, status) + " ".repeat(13 - status.length()),
        WordWrap.wrap(capability.detail(), Terminal.WIDTH - INDENT.length())
            .collect(Collectors.joining(System.lineSeparator() + INDENT)));
    capability.remedy().ifPresent(remedy -> terminal.line(INDENT + "remedy: " + remedy));
  }

  private static String verdict(InstalledReport findings) {
    if (findings.connects()) {
      return findings.listens()
          ? "TCP Fast Open can be used both ways."
          : "Connects can send data in their SYN; listeners here do not accept it.";
    }
    return findings.listens()
        ? "Listeners accept data in the SYN; connects from here do not send it."
        : "TCP Fast Open cannot be used: every connect and every listener is an ordinary one.";
  }
}
