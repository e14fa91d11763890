package io.tfo.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.util.OptionalInt;
import java.util.function.Supplier;
import picocli.CommandLine.Help.Ansi;

/** One run of the program inside this JVM. */
record CommandLine(int status, String out, String err) {
  static final Relaunch NEVER = arguments -> OptionalInt.empty();

  static CommandLine run(String... arguments) {
    return run(InstalledReport::here, NEVER, arguments);
  }

  static CommandLine run(Supplier<InstalledReport> search, Relaunch relaunch, String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int status =
        Tfo.commandLine(terminal(out), new PrintWriter(err, true), search, relaunch)
            .execute(arguments);
    return new CommandLine(status, out.toString(), err.toString());
  }

  /** Without colours, in ASCII. */
  static Terminal terminal(Writer out) {
    return new Terminal(new PrintWriter(out, true), Ansi.OFF, false);
  }
}
