package io.tfo.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Attaches to a process, after a check that it may be attached to. The JDK sends it SIGQUIT, which
 * ends a program that does not catch this signal; JDK 17 does not check that.
 */
final class JavaProcess {
  private static final String CAUGHT = "SigCgt:";
  private static final int SIGQUIT = 3;

  private JavaProcess() {}

  /**
   * Attaches to a process.
   *
   * @throws IOException if there is no such JVM, or it cannot be attached to; the message says
   *     which
   */
  static Attachment attach(long pid) throws IOException {
    require(pid);
    try {
      return Attachment.to(pid);
    } catch (NoClassDefFoundError e) {
      throw withoutModules(e);
    }
  }

  /**
   * Attaches to a process by JMX.
   *
   * @throws IOException as {@link AttachedProcess#attach} does, or if this runtime has no JMX
   */
  static AttachedProcess attachByJmx(long pid) throws IOException {
    try {
      return AttachedProcess.attach(pid);
    } catch (NoClassDefFoundError e) {
      throw withoutModules(e);
    }
  }

  private static IOException withoutModules(NoClassDefFoundError e) {
    return new IOException(
        "this Java runtime cannot attach to other processes: run tfo with a JDK", e);
  }

  /**
   * Requires a process that can be a JVM.
   *
   * @throws IOException if there is no such process, or it is not a JVM
   */
  private static void require(long pid) throws IOException {
    if (ProcessHandle.of(pid).isEmpty()) {
      throw new IOException("there is no process " + pid);
    }
    Path status = Path.of("/proc", String.valueOf(pid), "status");
    if (Files.isReadable(status)
        && Files.readAllLines(status).stream().anyMatch(JavaProcess::leavesQuitAlone)) {
      throw new IOException(
          "cannot attach to process " + pid + ": it is not a JVM, or a JVM with the option -Xrs");
    }
  }

  /** Whether it has another loopback interface than this process; false if that is not known. */
  static boolean hasOtherNetwork(long pid) {
    try {
      return !network("self").equals(network(String.valueOf(pid)));
    } catch (IOException e) {
      return false; // no Linux, or another user's process
    }
  }

  private static Path network(String process) throws IOException {
    return Files.readSymbolicLink(Path.of("/proc", process, "ns", "net"));
  }

  private static boolean leavesQuitAlone(String line) {
    return line.startsWith(CAUGHT)
        && (Long.parseUnsignedLong(line.substring(CAUGHT.length()).strip(), 16)
                & (1L << (SIGQUIT - 1)))
            == 0;
  }
}
