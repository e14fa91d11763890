package io.tfo.integration.nio;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** This process has as many descriptors as it can have, until this is closed. */
final class NoDescriptorLeft implements AutoCloseable {
  private static final int FEW = 400;

  private final String limit = limit();
  private final List<FileInputStream> files = new ArrayList<>();

  NoDescriptorLeft() throws IOException {
    limit(String.valueOf(FEW));
    try {
      while (files.size() < FEW) {
        files.add(new FileInputStream("/dev/null"));
      }
    } catch (IOException e) {
      return; // too many open files
    }
    close(); // else all other tests of this process would have few, too
    throw new AssertionError("the process can have more than " + FEW + " descriptors");
  }

  private static String limit() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/limits")).stream()
        .filter(each -> each.startsWith("Max open files"))
        .map(each -> each.split("\\s+")[3])
        .findFirst()
        .orElseThrow();
  }

  /** Sets the soft limit. */
  private static void limit(String soft) throws IOException {
    String pid = String.valueOf(ProcessHandle.current().pid());
    Process prlimit =
        new ProcessBuilder("prlimit", "--nofile=" + soft + ":", "--pid", pid).inheritIO().start();
    if (prlimit.onExit().orTimeout(20, TimeUnit.SECONDS).join().exitValue() != 0) {
      throw new IOException("prlimit does not work");
    }
  }

  @Override
  public void close() throws IOException {
    for (FileInputStream each : files) {
      each.close();
    }
    limit(limit);
  }
}
