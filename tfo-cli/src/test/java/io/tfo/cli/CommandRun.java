package io.tfo.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.util.OptionalInt;
import java.util.function.Supplier;
import picocli.CommandLine.Help.Ansi;

/** The result of one run of the program {@code tfo} inside this JVM. */
record CommandRun(int status, String out, String err) {
  static final Relaunch NO_RELAUNCH = arguments -> OptionalInt.empty();

  static CommandRun of(String... arguments) {
    return of(InstalledReport::probe, NO_RELAUNCH, arguments);
  }

  static CommandRun of(Supplier<InstalledReport> probe, Relaunch relaunch, String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int status =
        Tfo.commandLine(terminal(out), new PrintWriter(err, true), probe, relaunch)
            .execute(arguments);
    return new CommandRun(status, out.toString(), err.toString());
  }

  /** A terminal without colours that shows only ASCII. */
  static Terminal terminal(Writer out) {
    return new Terminal(new PrintWriter(out, true), Ansi.OFF, false);
  }
}
