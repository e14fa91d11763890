package io.tfo.benchmarks;

import io.tfo.lab.Lab;
import io.tfo.lab.LabAvailability;
import io.tfo.lab.LabProcess;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Measures, and writes the figures into the documentation. */
final class Benchmarks {
  private static final Map<String, Measurement> MEASUREMENTS = new LinkedHashMap<>();

  static {
    MEASUREMENTS.put("first-byte", new FirstByte());
    MEASUREMENTS.put("cost", new ConnectionCost(Contender.UNTIMED, ""));
    MEASUREMENTS.put("cost-with-timeout", new ConnectionCost(Contender.TIMED, ", connect timeout"));
    MEASUREMENTS.put(
        "cost-with-threads", ConnectionCost.ofThreads(Contender.TIMED, ", connect timeout", 64));
    MEASUREMENTS.put("allocation", new Allocation());
    MEASUREMENTS.put("calls", new SystemCalls());
    MEASUREMENTS.put("throughput", new Throughput());
    MEASUREMENTS.put("virtual-threads", new VirtualThreads());
    MEASUREMENTS.put("cold-start", new ColdStart());
    MEASUREMENTS.put("listening", new ListenerRate());
  }

  /** The repository, from the module's folder. */
  private static final Publication REPOSITORY = new Publication(Path.of(".."));

  private Benchmarks() {}

  /**
   * Runs in the module's folder.
   *
   * @param args {@code full}, which writes the figures into the repository; {@code quick}, which
   *     writes them into a copy below {@code target}; or {@code draw}, which measures nothing, and
   *     makes the charts again from the figures of the repository. Then the names of the wanted
   *     measurements, or none for all; if only some are measured, the figures are not written into
   *     the repository.
   */
  public static void main(String[] args) throws Exception {
    List<String> arguments = List.of(args);
    String mode = arguments.isEmpty() ? "full" : arguments.get(0);
    if (mode.equals("draw")) {
      REPOSITORY.draw();
      return;
    }
    if (!mode.equals("full") && !mode.equals("quick")) {
      System.err.println("The first argument must be full, quick or draw, but is: " + mode);
      System.exit(1);
    }
    if (LabProcess.needed()) {
      Process nested = LabProcess.start(List.of(), Benchmarks.class, arguments);
      System.exit(nested.waitFor());
    }
    LabAvailability lab = Lab.availability();
    if (lab.kind() != LabAvailability.Kind.TWO_HOSTS) {
      System.err.println("The benchmarks need a lab with two hosts: " + lab);
      System.exit(1);
    }
    List<String> wanted = arguments.size() > 1 ? arguments.subList(1, arguments.size()) : List.of();
    boolean full = mode.equals("full");
    Publication target =
        full && wanted.isEmpty() ? REPOSITORY : REPOSITORY.copyTo(Path.of("target", "results"));
    run(full ? Plan.FULL : Plan.QUICK, wanted, target);
    // Explicit, since threads of the lab's libraries may still run.
    System.exit(0);
  }

  private static void run(Plan plan, List<String> wanted, Publication target) throws Exception {
    String taken = Report.takenNow(); // read before the run, for the machine's load
    target.write(new Report(taken, measure(plan, wanted)));
    System.out.println("Written: " + target.root().toAbsolutePath().normalize());
  }

  private static List<Table> measure(Plan plan, List<String> wanted) throws Exception {
    List<Table> tables = new ArrayList<>();
    try (Testbed testbed = Testbed.open(plan)) {
      for (Map.Entry<String, Measurement> each : MEASUREMENTS.entrySet()) {
        if (wanted.isEmpty() || wanted.contains(each.getKey())) {
          System.err.println("Measuring: " + each.getKey());
          List<Table> measured = measure(each.getKey(), each.getValue(), testbed);
          System.out.println(Markdown.of(measured));
          tables.addAll(measured);
        }
      }
    }
    return tables;
  }

  /** Runs a measurement. If it fails, its table has the reason, and the others go on. */
  private static List<Table> measure(String name, Measurement measurement, Testbed testbed)
      throws InterruptedException {
    try {
      return measurement.measure(testbed);
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      e.printStackTrace();
      return List.of(Table.none("Measurement " + name, e.toString()));
    }
  }
}
