package io.tfo.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Checks the ranges of arguments, which picocli does not check. */
final class Arguments {
  private Arguments() {}

  static void requireRange(CommandSpec command, String name, long value, long min, long max) {
    if (value < min || value > max) {
      throw new ParameterException(
          command.commandLine(),
          max == Long.MAX_VALUE
              ? "%s is %d, but must be at least %d".formatted(name, value, min)
              : "%s is %d, but must be from %d to %d".formatted(name, value, min, max));
    }
  }
}
