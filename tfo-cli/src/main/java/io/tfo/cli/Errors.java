package io.tfo.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.UnknownHostException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.Locale;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Prints an error on one line, and returns the exit status. */
final class Errors {
  private Errors() {}

  static int wrongUse(ParameterException exception, String[] arguments) {
    CommandLine command = exception.getCommandLine();
    PrintWriter err = command.getErr();
    String name = command.getCommandSpec().qualifiedName();
    err.printf(Locale.ROOT, "%s: %s%n", name, describe(exception));
    if (!command.getSubcommands().isEmpty() && arguments.length == 0) {
      command.usage(err);
    } else if (!UnmatchedArgumentException.printSuggestions(exception, err)) {
      err.printf(Locale.ROOT, "Try '%s --help'.%n", name);
    }
    return ExitStatus.USAGE;
  }

  static int failed(Exception exception, CommandLine command, boolean verbose) {
    String name = command.getCommandSpec().qualifiedName();
    PrintWriter err = command.getErr();
    Exception told =
        exception instanceof UncheckedIOException wrapper
            ? Objects.requireNonNull(wrapper.getCause())
            : exception;
    boolean expected = told instanceof IOException;
    err.printf(Locale.ROOT, "%s: %s%n", name, expected ? describe(told) : told.toString());
    if (verbose) {
      exception.printStackTrace(err);
    } else if (!expected) {
      err.printf(
          Locale.ROOT, "This is a defect of this program; --verbose prints the stack trace.%n");
    }
    return expected ? ExitStatus.UNAVAILABLE : ExitStatus.DEFECT;
  }

  /** Returns a message for the middle of a line; many messages of the JDK are not complete. */
  static String describe(Exception exception) {
    String message = exception.getMessage();
    if (exception instanceof UnknownHostException) {
      return "unknown host: " + message;
    }
    if (exception instanceof UnsupportedAddressTypeException) {
      return "this JVM has no IPv6";
    }
    return message == null ? exception.toString() : decapitalized(message);
  }

  /** Starts a word with a lower-case letter; leaves acronyms unchanged. */
  private static String decapitalized(String message) {
    boolean isWord = message.length() > 1 && !Character.isUpperCase(message.charAt(1));
    return isWord
        ? message.substring(0, 1).toLowerCase(Locale.ROOT) + message.substring(1)
        : message;
  }
}
