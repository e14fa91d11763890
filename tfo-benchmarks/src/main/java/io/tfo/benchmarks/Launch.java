package io.tfo.benchmarks;

import java.util.ArrayList;
import java.util.List;

/**
 * How a JVM is started.
 *
 * @param prefix what runs it, such as {@code taskset}
 * @param jdk which it is
 * @param options what it is told
 */
record Launch(List<String> prefix, Jdk jdk, List<String> options) {
  static Launch of(Jdk jdk) {
    return new Launch(List.of(), jdk, List.of());
  }

  Launch with(List<String> more) {
    List<String> all = new ArrayList<>(options);
    all.addAll(more);
    return new Launch(prefix, jdk, all);
  }

  Launch on(List<String> core) {
    return new Launch(core, jdk, options);
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
