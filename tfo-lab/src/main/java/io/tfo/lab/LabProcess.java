package io.tfo.lab;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Starts this JVM again in a user namespace of its own, where an ordinary user may open a lab.
 *
 * <p>The process keeps the machine's network namespace; only its labs have their own. In a fresh
 * one ({@code unshare -Urn}) the JDK would see no IPv6 address when it starts, and disable IPv6.
 */
public final class LabProcess {
  private static final String NESTED = "io.tfo.lab.nested";
  private static final List<String> UNSHARE = List.of("unshare", "-Ur", "--");
  private static final long TRIAL_SECONDS = 10;
  private static final int FIRST_WITH_NATIVE_ACCESS = 22;

  private LabProcess() {}

  /**
   * Says whether this process can have no lab, but one that {@link #start} starts can.
   *
   * @return whether such a process is needed
   */
  public static boolean needed() {
    return System.getProperty(NESTED) == null
        && Lab.availability().kind() == LabAvailability.Kind.NONE
        && unshareWorks();
  }

  /**
   * Starts a program under {@code unshare -Ur} on this JVM, with the same class path and module
   * path, and with this process's input and output. It may load JNA's library without a warning.
   *
   * @param jvmArgs options of the JVM
   * @param main the class with the main method
   * @param args arguments of the program
   * @return the process
   * @throws IOException if there is no {@code unshare}
   */
  public static Process start(List<String> jvmArgs, Class<?> main, List<String> args)
      throws IOException {
    return builder(jvmArgs, main, args).inheritIO().start();
  }

  /**
   * Prepares the process that {@link #start} starts.
   *
   * @param jvmArgs options of the JVM
   * @param main the class with the main method
   * @param args arguments of the program
   * @return a builder, whose input and output are pipes
   */
  public static ProcessBuilder builder(List<String> jvmArgs, Class<?> main, List<String> args) {
    List<String> command = new ArrayList<>(UNSHARE);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-D" + NESTED + "=true");
    path(command, "-cp", "java.class.path");
    path(command, "-p", "jdk.module.path");
    boolean isNamed = main.getModule().isNamed();
    if (Runtime.version().feature() >= FIRST_WITH_NATIVE_ACCESS) {
      command.add("--enable-native-access=" + (isNamed ? "com.sun.jna" : "ALL-UNNAMED"));
    }
    command.addAll(jvmArgs);
    if (isNamed) {
      command.addAll(List.of("-m", main.getModule().getName() + "/" + main.getName()));
    } else {
      command.add(main.getName());
    }
    command.addAll(args);
    return new ProcessBuilder(command);
  }

  private static void path(List<String> command, String option, String property) {
    String path = System.getProperty(property, "");
    if (!path.isEmpty()) {
      command.addAll(List.of(option, path));
    }
  }

  private static boolean unshareWorks() {
    List<String> command = new ArrayList<>(UNSHARE);
    command.add("true");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(new File("/dev/null"))
              .start();
      boolean ended = process.waitFor(TRIAL_SECONDS, TimeUnit.SECONDS);
      process.destroyForcibly();
      return ended && process.exitValue() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
