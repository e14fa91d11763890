package io.tfo.benchmarks;

import java.util.ArrayList;
import java.util.List;

/**
 * The command line that starts a JVM.
 *
 * @param prefix the command that runs it, such as {@code taskset}, or empty
 * @param jdk the JDK
 * @param options the options of the JVM
 */
record JvmCommandLine(List<String> prefix, InstalledJdk jdk, List<String> options) {
  static JvmCommandLine of(InstalledJdk jdk) {
    return new JvmCommandLine(List.of(), jdk, List.of());
  }

  JvmCommandLine with(List<String> more) {
    List<String> all = new ArrayList<>(options);
    all.addAll(more);
    return new JvmCommandLine(prefix, jdk, all);
  }

  JvmCommandLine on(List<String> core) {
    return new JvmCommandLine(core, jdk, options);
  }

  List<String> command(Class<?> main, List<String> args) {
    List<String> command = new ArrayList<>(prefix);
    command.add(jdk.java());
    command.addAll(jdk.nativeAccess());
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(args);
    return command;
  }
}
