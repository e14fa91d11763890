package io.tfo.cli;

import java.io.IOException;

/** A program of the JDK alone, run from its source. Ends with its input. */
final class IdleProgram {
  private IdleProgram() {}

  public static void main(String[] args) throws IOException {
    System.out.println("ready");
    int unused = System.in.read();
  }
}
