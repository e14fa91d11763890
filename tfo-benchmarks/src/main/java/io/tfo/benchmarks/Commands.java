package io.tfo.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The commands of a {@link CommandProcess}: each input line is a command, each output line is its
 * answer. The process ends when its input ends, so it does not outlive the process that sends the
 * commands.
 */
interface Commands {
  String OK = "ok";

  /** Carries out one command and returns its numbers. */
  long[] answer(List<String> words) throws Exception;

  /** Answers until the input ends. */
  static void serve(Commands commands) throws IOException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream out = System.out;
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      StringBuilder answer = new StringBuilder(OK);
      try {
        for (long number : commands.answer(List.of(line.split(" ")))) {
          answer.append(' ').append(number);
        }
      } catch (Exception | LinkageError e) {
        answer.setLength(0);
        answer.append(String.valueOf(e).replace('\n', ' '));
      }
      out.println(answer);
      out.flush();
    }
  }
}
