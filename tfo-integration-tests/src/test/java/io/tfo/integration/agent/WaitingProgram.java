package io.tfo.integration.agent;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** For each line of input, does what {@link PlainProgram} does, and then prints the counters. */
final class WaitingProgram {
  private WaitingProgram() {}

  public static void main(String[] arguments) throws Exception {
    Files.writeString(Path.of("/proc/sys/net/ipv4/tcp_fastopen"), "3");
    System.out.println("in the namespace");
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    while (lines.readLine() != null) {
      PlainProgram.fetchByAll();
      System.out.println(
          PlainProgram.KERNEL
              + PlainProgram.counter("TCPFastOpenActive")
              + " sent, "
              + PlainProgram.counter("TCPFastOpenPassive"));
    }
  }
}
