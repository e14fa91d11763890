package io.tfo.integration.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import io.tfo.nio.FastOpenSelectorProvider;
import java.nio.channels.spi.SelectorProvider;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestExecutionResult.Status;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * {@link ProviderJvm} under a plain launcher, as in an IDE, in a JVM that has the JDK's selector
 * provider.
 */
@Timeout(120)
class ProviderJvmTest {
  @ExtendWith(ProviderJvm.class)
  static class Samples {
    @Test
    void hasTheProvider() {
      assertThat(SelectorProvider.provider()).isInstanceOf(FastOpenSelectorProvider.class);
    }

    @Test
    void fails() {
      throw new AssertionError("as expected");
    }

    @Test
    void isAborted() {
      abort("for a reason");
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(ints = {1, 2})
    void isOne(int number) {
      assertThat(number).isOne();
    }
  }

  @ExtendWith(ProviderJvm.class)
  static class SamplesThatNeverBegin {
    @BeforeAll
    static void fail() {
      if (SelectorProvider.provider() instanceof FastOpenSelectorProvider) {
        throw new AssertionError("before all");
      }
    }

    @Test
    void neverBegins() {}
  }

  @ExtendWith(ProviderJvm.class)
  static class TestsThatEndTheirJvm {
    @Test
    void endsTheJvm() {
      Runtime.getRuntime().halt(1);
    }

    @Test
    void comesTooLate() {
      Runtime.getRuntime().halt(1);
    }
  }

  @Test
  void reportsTheResultsThatTestsHaveInAJvmWithTheProvider() {
    assertThat(SelectorProvider.provider()).isNotInstanceOf(FastOpenSelectorProvider.class);

    Map<String, TestExecutionResult> results = run(Samples.class, SamplesThatNeverBegin.class);

    assertThat(results.get("hasTheProvider()").getStatus()).isEqualTo(Status.SUCCESSFUL);
    assertThat(results.get("isAborted()").getStatus()).isEqualTo(Status.ABORTED);
    assertThat(results.get("1").getStatus()).isEqualTo(Status.SUCCESSFUL);
    assertThat(results.get("2").getStatus()).isEqualTo(Status.FAILED);
    assertThat(results.get("fails()").getThrowable())
        .hasValueSatisfying(e -> assertThat(e).hasMessageContaining("AssertionError: as expected"));
    assertThat(results.get("neverBegins()").getThrowable())
        .hasValueSatisfying(e -> assertThat(e).hasMessageContaining("AssertionError: before all"));
  }

  @Test
  void failsTheTestsOfAJvmThatEnds() {
    Map<String, TestExecutionResult> results = run(TestsThatEndTheirJvm.class);

    assertThat(List.of("endsTheJvm()", "comesTooLate()"))
        .allSatisfy(
            test ->
                assertThat(results.get(test).getThrowable())
                    .hasValueSatisfying(e -> assertThat(e).hasMessageContaining("it has ended")));
  }

  private static Map<String, TestExecutionResult> run(Class<?>... classes) {
    Map<String, TestExecutionResult> results = new ConcurrentHashMap<>();
    LauncherFactory.create()
        .execute(
            LauncherDiscoveryRequestBuilder.request()
                .selectors(List.of(classes).stream().map(DiscoverySelectors::selectClass).toList())
                .build(),
            new TestExecutionListener() {
              @Override
              public void executionFinished(TestIdentifier test, TestExecutionResult result) {
                results.put(test.getDisplayName(), result);
              }
            });
    return results;
  }
}
