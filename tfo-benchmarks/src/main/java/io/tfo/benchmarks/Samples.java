package io.tfo.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** One value for each name and round; and with it, in the same round, its ratio to another's. */
final class Samples {
  private final Map<String, List<Double>> values = new LinkedHashMap<>();
  private final Map<String, String> remarks = new LinkedHashMap<>();

  void add(String name, double value) {
    values.computeIfAbsent(name, n -> new ArrayList<>()).add(value);
  }

  /** What is to be said of a name beside its figures. */
  void remark(String name, String remark) {
    remarks.put(name, remark);
  }

  Quartiles spread(String name) {
    return Quartiles.of(of(name));
  }

  /** All names in the order of their first value, as a ratio to one of them. */
  List<Row> against(String rival) {
    return values.keySet().stream().map(name -> row(name, rival)).toList();
  }

  /** All rivals, each as a ratio to whose place it takes. */
  List<Row> ofRivals() {
    return Stream.of(Contender.values()).map(r -> row(r.label, r.inPlaceOf().label)).toList();
  }

  /** One name, as a ratio to another. */
  Row row(String name, String rival) {
    List<Double> own = of(name);
    List<Double> others = of(rival);
    List<Double> ratios = new ArrayList<>();
    for (int round = 0; round < Math.min(own.size(), others.size()); round++) {
      ratios.add(own.get(round) / others.get(round));
    }
    return new Row(
        name, rival, Quartiles.of(own), Quartiles.of(ratios), remarks.getOrDefault(name, ""));
  }

  private List<Double> of(String name) {
    return Objects.requireNonNull(values.get(name), () -> "nothing was measured of " + name);
  }
}
