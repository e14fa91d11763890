package io.tfo.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Checks what picocli cannot. */
final class Arguments {
  private Arguments() {}

  static void requireRange(CommandSpec command, String name, long value, long least, long most) {
    if (value < least || value > most) {
      throw new ParameterException(
          command.commandLine(),
          most == Long.MAX_VALUE
              ? "%s is %d, but %d is the least".formatted(name, value, least)
              : "%s is %d, but must be from %d to %d".formatted(name, value, least, most));
    }
  }
}
