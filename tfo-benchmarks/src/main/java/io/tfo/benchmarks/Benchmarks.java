package io.tfo.benchmarks;

import io.tfo.lab.Lab;
import io.tfo.lab.LabAvailability;
import io.tfo.lab.LabProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Measures everything, and writes down what came of it. */
final class Benchmarks {
  private static final Map<String, Measurement> MEASUREMENTS = new LinkedHashMap<>();

  static {
    MEASUREMENTS.put("first-byte", new FirstByte());
    MEASUREMENTS.put("cost", new ConnectionCost());
    MEASUREMENTS.put("allocation", new Allocation());
    MEASUREMENTS.put("calls", new SystemCalls());
    MEASUREMENTS.put("throughput", new Throughput());
    MEASUREMENTS.put("virtual-threads", new VirtualThreads());
    MEASUREMENTS.put("cold-start", new ColdStart());
    MEASUREMENTS.put("listening", new Listening());
  }

  private Benchmarks() {}

  /**
   * Runs in the module's folder.
   *
   * @param args {@code full}, which writes the results into the repository, or {@code quick}, which
   *     writes them beside the build; then the measurements that are wanted, or none for all
   */
  public static void main(String[] args) throws Exception {
    if (LabProcess.needed()) {
      Process nested = LabProcess.start(List.of(), Benchmarks.class, List.of(args));
      System.exit(nested.waitFor());
    }
    LabAvailability lab = Lab.availability();
    if (lab.kind() != LabAvailability.Kind.TWO_HOSTS) {
      System.err.println("There is nothing to measure on: " + lab);
      System.exit(1);
    }
    List<String> arguments = List.of(args);
    boolean full = arguments.isEmpty() || arguments.get(0).equals("full");
    List<String> wanted = arguments.size() > 1 ? arguments.subList(1, arguments.size()) : List.of();
    boolean publish = full && wanted.isEmpty();
    run(full ? Plan.FULL : Plan.QUICK, wanted, new Results(publish));
    // Threads of the lab's libraries may live on.
    System.exit(0);
  }

  private static void run(Plan plan, List<String> wanted, Results results) throws Exception {
    String machine = Machine.describe();
    List<Table> tables = new ArrayList<>();
    try (Testbed bench = Testbed.open(plan)) {
      for (Map.Entry<String, Measurement> each : MEASUREMENTS.entrySet()) {
        if (wanted.isEmpty() || wanted.contains(each.getKey())) {
          System.err.println("Measuring: " + each.getKey());
          List<Table> measured = measure(each.getKey(), each.getValue(), bench);
          System.out.println(Markdown.of(measured));
          tables.addAll(measured);
        }
      }
    }
    System.out.println(results.write(tables, machine));
  }

  /** What fails costs only itself, and is written down. */
  private static List<Table> measure(String name, Measurement measurement, Testbed bench)
      throws InterruptedException {
    try {
      return measurement.measure(bench);
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      e.printStackTrace();
      return List.of(Table.none("Measurement " + name, e.toString()));
    }
  }

  /**
   * Where the results go.
   *
   * @param publish into the repository, and into its README; otherwise beside the build
   */
  private record Results(boolean publish) {
    String write(List<Table> tables, String machine) throws IOException {
      Path folder = Files.createDirectories(Path.of(publish ? "results" : "target/results"));
      String taken = "Taken on %s: %s.".formatted(Machine.date(), machine);
      Path chart = folder.resolve("figures.svg");
      Files.writeString(chart, Chart.of(tables, machine));
      Files.writeString(
          folder.resolve("figures.md"),
          "# Figures\n\n%s\n\n![The ratios as bars](figures.svg)\n\n%s"
              .formatted(taken, Markdown.of(tables)));
      if (publish) {
        Path readme = Path.of("..", "README.md");
        Files.writeString(readme, Summary.replace(Files.readString(readme), tables, taken));
      }
      return "Written: " + folder.toAbsolutePath().normalize();
    }
  }
}
