package io.tfo.benchmarks;

import java.util.List;

/** One group of figures. */
interface Measurement {
  List<Table> measure(Testbed bench) throws Exception;
}
