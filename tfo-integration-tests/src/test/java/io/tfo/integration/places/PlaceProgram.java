package io.tfo.integration.places;

import io.tfo.test.ChildJvm;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.IntConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The program that runs in a place. It fills a {@link Cell} for each setting, and carries out each
 * remedy that a cell names, after which it fills the cell of the new setting.
 */
final class PlaceProgram {
  /**
   * Open for writing in each place: {@code net.ipv4.tcp_fastopen} of its network namespace. It was
   * opened before the place was made, and stands for what is outside.
   */
  private static final Path OUTSIDE = Path.of("/proc/self/fd/9");

  private static final Path INSIDE = Path.of("/proc/sys/net/ipv4/tcp_fastopen");
  private static final Pattern COMMAND =
      Pattern.compile("^sysctl -w net\\.ipv4\\.tcp_fastopen=\\d+");
  private static final Pattern VALUE =
      Pattern.compile("net\\.ipv4\\.tcp_fastopen(?:=|, value: \")(\\d+)");
  private static final int SHELL_DOES_NOT_FIND = 127;

  private final List<URL> ours = new ArrayList<>();
  private final ClassLoader shared;
  private final Executor unfiltered;
  private int number;

  private PlaceProgram(Executor unfiltered) throws MalformedURLException {
    List<URL> jna = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      (entry.contains("/jna-") ? jna : ours).add(Path.of(entry).toUri().toURL());
    }
    this.shared = new URLClassLoader(jna.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
    this.unfiltered = unfiltered;
  }

  /** The arguments: the name of a filter, and the settings. */
  public static void main(String[] arguments) throws Exception {
    ExecutorService unfiltered = Executors.newSingleThreadExecutor();
    unfiltered.submit(() -> "its thread is there before the filter").get();
    Filter.valueOf(arguments[0]).install();
    System.out.println(ChildJvm.INSIDE);
    PlaceProgram program = new PlaceProgram(unfiltered);
    for (int i = 1; i < arguments.length; i++) {
      program.run(Integer.parseInt(arguments[i]));
    }
    unfiltered.shutdown();
  }

  private void run(int setting) throws Exception {
    outside(setting);
    String cell = fill("cell", setting);
    for (String remedy : remedies(cell)) {
      outside(setting);
      int value = carryOut(remedy);
      fill("remedied", value);
    }
  }

  /** The remedies that are about the setting, each once. */
  private static Collection<String> remedies(String cell) {
    TreeMap<String, String> remedies = new TreeMap<>();
    for (String column : cell.split("\t", -1)) {
      if (VALUE.matcher(column).find() && !column.startsWith("net.")) {
        remedies.put(column, column);
      }
    }
    return remedies.values();
  }

  /** Runs a command. What must be done outside of the place is done through the descriptor. */
  private static int carryOut(String remedy) throws Exception {
    Matcher named = VALUE.matcher(remedy);
    if (!named.find()) {
      throw new IllegalStateException("no value in: " + remedy);
    }
    int value = Integer.parseInt(named.group(1));
    Matcher command = COMMAND.matcher(remedy);
    if (!command.find()) {
      outside(value);
      return value;
    }
    int status = new ProcessBuilder("sh", "-c", command.group()).inheritIO().start().waitFor();
    if (status == SHELL_DOES_NOT_FIND) {
      Files.writeString(INSIDE, value + "\n");
    } else if (status != 0) {
      throw new IllegalStateException(remedy + ": exit status " + status);
    }
    return value;
  }

  private String fill(String kind, int setting) throws Exception {
    Class<?> cell =
        Class.forName(
            Cell.class.getName(), true, new URLClassLoader(ours.toArray(URL[]::new), shared));
    Method fill =
        cell.getDeclaredMethod("fill", int.class, IntConsumer.class, Executor.class, int.class);
    fill.setAccessible(true);
    IntConsumer write = PlaceProgram::outside;
    String filled = (String) fill.invoke(null, setting, write, unfiltered, ++number);
    System.out.println(kind + "\t" + setting + "\t" + filled);
    return filled;
  }

  private static void outside(int value) {
    try {
      Files.writeString(OUTSIDE, value + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
