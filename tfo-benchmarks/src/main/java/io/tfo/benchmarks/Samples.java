package io.tfo.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** One value for each name and round. Ratios are those of two values of the same round. */
final class Samples {
  private final Map<String, List<Double>> values = new LinkedHashMap<>();
  private final Map<String, String> remarks = new LinkedHashMap<>();

  void add(String name, double value) {
    values.computeIfAbsent(name, n -> new ArrayList<>()).add(value);
  }

  /** Sets the remark beside the figures of a name. */
  void remark(String name, String remark) {
    remarks.put(name, remark);
  }

  Quartiles quartiles(String name) {
    return Quartiles.of(of(name));
  }

  /**
   * A quantile of a name's values.
   *
   * @param share 0.1 for P10
   */
  double quantile(String name, double share) {
    return Quartiles.quantile(of(name), share);
  }

  /** A row for each name, in the order of the first values, with its ratio to one of them. */
  List<TableRow> against(String baseline) {
    return values.keySet().stream().map(name -> row(name, baseline)).toList();
  }

  /** A row for each contender, with its ratio to {@link Contender#baseline()}. */
  List<TableRow> ofContenders() {
    return of(Contender.UNTIMED);
  }

  /** The same for some contenders. */
  List<TableRow> of(List<Contender> contenders) {
    return contenders.stream().map(r -> row(r.label, r.baseline().label)).toList();
  }

  /** The row of one name, with its ratio to another. */
  TableRow row(String name, String baseline) {
    List<Double> own = of(name);
    List<Double> others = of(baseline);
    List<Double> ratios = new ArrayList<>();
    for (int round = 0; round < Math.min(own.size(), others.size()); round++) {
      ratios.add(own.get(round) / others.get(round));
    }
    return new TableRow(
        name, baseline, Quartiles.of(own), Quartiles.of(ratios), remarks.getOrDefault(name, ""));
  }

  private List<Double> of(String name) {
    return Objects.requireNonNull(values.get(name), () -> "no value for " + name);
  }
}
