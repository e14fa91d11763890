package io.tfo.cli;

import io.tfo.test.ChildJvm;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.OptionalInt;
import picocli.CommandLine.Help.Ansi;

/** Runs the program {@code tfo} in this JVM: one of its own takes half a second to start. */
public final class TfoInThisJvm {
  private TfoInThisJvm() {}

  /** Runs a command line, and returns what a child JVM would. */
  public static ChildJvm run(String... arguments) {
    StringWriter output = new StringWriter();
    PrintWriter printer = new PrintWriter(output, true);
    int status =
        Tfo.commandLine(
                new Terminal(printer, Ansi.OFF, false),
                printer,
                InstalledReport::probe,
                relaunched -> OptionalInt.empty())
            .execute(arguments);
    return new ChildJvm(status, output.toString());
  }
}
