package io.tfo.benchmarks;

import java.util.List;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.ScalarResult;

/** The CPU time of the whole process for each operation, in nanoseconds. */
public final class CpuProfiler implements InternalProfiler {
  static final String USER = "cpu.user";
  static final String SYSTEM = "cpu.system";

  private CpuTime before = new CpuTime(0, 0);

  /** By JMH, in the process that is measured. */
  public CpuProfiler() {}

  @Override
  public String getDescription() {
    return "CPU time of the process by /proc/self/stat";
  }

  @Override
  public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
    before = CpuTime.now();
  }

  @Override
  public List<ScalarResult> afterIteration(
      BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
    CpuTime spent = CpuTime.now().since(before);
    double operations = result.getMetadata().getAllOps();
    return List.of(
        perOperation(USER, spent.userNanos() / operations),
        perOperation(SYSTEM, spent.systemNanos() / operations));
  }

  private static ScalarResult perOperation(String name, double nanos) {
    return new ScalarResult(name, nanos, "ns/op", AggregationPolicy.AVG);
  }
}
