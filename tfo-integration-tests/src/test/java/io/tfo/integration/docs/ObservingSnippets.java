package io.tfo.integration.docs;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.Meter;
import io.tfo.FastOpenStatistics;
import io.tfo.FastOpenStatistics.PlainReason;

/** The documented ways to hand the counters on. See {@link SnippetsTest}. */
final class ObservingSnippets {
  private ObservingSnippets() {}

  static void micrometer(MeterRegistry registry) {
    // snippet
    FunctionCounter.builder("tfo.syn.data", registry, r -> FastOpenStatistics.snapshot().synData())
        .register(registry);
    for (PlainReason why : PlainReason.values())
      FunctionCounter.builder("tfo.plain", why, w -> FastOpenStatistics.snapshot().plain().get(w))
          .tag("reason", why.name())
          .register(registry);
    // end
  }

  static void openTelemetry(Meter meter) {
    // snippet
    meter
        .counterBuilder("tfo.syn.data")
        .buildWithCallback(now -> now.record(FastOpenStatistics.snapshot().synData()));
    AttributeKey<String> reason = AttributeKey.stringKey("reason");
    meter
        .counterBuilder("tfo.plain")
        .buildWithCallback(
            now ->
                FastOpenStatistics.snapshot()
                    .plain()
                    .forEach((why, n) -> now.record(n, Attributes.of(reason, why.name()))));
    // end
  }
}
