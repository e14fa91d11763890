package io.tfo.integration.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import io.tfo.FastOpenStatistics;
import io.tfo.FastOpenStatistics.PlainReason;
import io.tfo.spi.FastOpenActivity;
import java.util.Collection;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Runs {@link ObservingSnippets}, and compares the meters with the counters. */
class ObservingSnippetsTest {
  private final FastOpenStatistics statistics = FastOpenStatistics.snapshot();

  @BeforeEach
  void count() {
    FastOpenActivity.attempted(true);
    FastOpenActivity.plain(PlainReason.BACK_OFF);
  }

  @Test
  void micrometerShowsTheCounters() {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    ObservingSnippets.micrometer(registry);

    assertThat(registry.get("tfo.syn.data").functionCounter().count())
        .isEqualTo(statistics.synData() + 1);
    assertThat(registry.get("tfo.plain").tag("reason", "BACK_OFF").functionCounter().count())
        .isEqualTo(statistics.plain().get(PlainReason.BACK_OFF) + 1);
  }

  @Test
  void openTelemetryShowsTheCounters() {
    InMemoryMetricReader reader = InMemoryMetricReader.create();
    try (SdkMeterProvider provider =
        SdkMeterProvider.builder().registerMetricReader(reader).build()) {
      ObservingSnippets.openTelemetry(provider.get("test"));
      Collection<MetricData> metrics = reader.collectAllMetrics();

      assertThat(points(metrics, "tfo.syn.data"))
          .extracting(LongPointData::getValue)
          .containsExactly(statistics.synData() + 1);
      assertThat(points(metrics, "tfo.plain"))
          .hasSize(PlainReason.values().length)
          .anySatisfy(
              point -> {
                assertThat(point.getAttributes().asMap().values()).containsExactly("BACK_OFF");
                assertThat(point.getValue())
                    .isEqualTo(statistics.plain().get(PlainReason.BACK_OFF) + 1);
              });
    }
  }

  private static List<LongPointData> points(Collection<MetricData> metrics, String name) {
    return metrics.stream()
        .filter(each -> each.getName().equals(name))
        .flatMap(each -> each.getLongSumData().getPoints().stream())
        .toList();
  }
}
