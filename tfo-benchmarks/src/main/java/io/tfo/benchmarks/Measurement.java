package io.tfo.benchmarks;

import java.util.List;

/** A measurement, which produces one or more tables of figures. */
interface Measurement {
  List<Table> measure(Testbed testbed) throws Exception;
}
