package io.tfo.cli;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The main class of the command line. */
@Command(
    name = "tfo",
    description = "Shows and tests TCP Fast Open (RFC 7413) for Java on this machine.",
    footer = {
      "",
      "To force a backend: java -Dio.tfo.backend=NAME -jar ...; 'none' switches TCP Fast Open off."
    },
    scope = ScopeType.INHERIT,
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    usageHelpAutoWidth = false,
    usageHelpWidth = Terminal.WIDTH,
    synopsisSubcommandLabel = "COMMAND",
    exitCodeList = {
      "0:Success.",
      "1:Failure, or success only in part: see 'tfo COMMAND --help'.",
      "2:TCP Fast Open cannot be used (only 'tfo doctor' and 'tfo probe').",
      ExitStatus.USAGE_LINE,
      ExitStatus.UNAVAILABLE_LINE,
      ExitStatus.DEFECT_LINE
    },
    exitCodeListHeading = "%nExit status:%n")
final class Tfo implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--verbose",
      scope = ScopeType.INHERIT,
      description = "Print the stack trace of an error.")
  private boolean verbose;

  private Tfo() {}

  /**
   * Runs the program. Its output does not depend on the locale. The JVM's locale can have other
   * digits, which no command accepts, and with which OkHttp cannot make a certificate.
   *
   * @param arguments the command line
   */
  public static void main(String[] arguments) {
    Locale.setDefault(Locale.ROOT);
    CommandLine program =
        commandLine(
            Terminal.standard(),
            Terminal.standardError(),
            InstalledReport::probe,
            Relaunch::ifNeeded);
    System.exit(program.execute(arguments));
  }

  static CommandLine commandLine(
      Terminal terminal, PrintWriter errors, Supplier<InstalledReport> probe, Relaunch relaunch) {
    Tfo tfo = new Tfo();
    return new CommandLine(tfo)
        .addSubcommand(new DoctorCommand(terminal, probe))
        .addSubcommand(new TopCommand(terminal))
        .addSubcommand(new AttachCommand(terminal))
        .addSubcommand(new ProbeCommand(terminal))
        .addSubcommand(new DemoCommand(terminal, probe, relaunch))
        .addSubcommand(new ConformanceCommand(terminal, probe, relaunch))
        .addSubcommand(new ServeCommand(terminal))
        .addSubcommand(new ConnectCommand(terminal))
        .setOut(terminal.out())
        .setErr(errors)
        .setColorScheme(CommandLine.Help.defaultColorScheme(terminal.ansi()))
        .setParameterExceptionHandler(Errors::wrongUse)
        .setExecutionExceptionHandler(
            (exception, command, parsed) -> Errors.failed(exception, command, tfo.verbose));
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }
}
