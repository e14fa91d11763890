package io.tfo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import io.tfo.FastOpenCapability.Status;
import io.tfo.spi.FastOpenBackend;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BackendSelectionTest {
  private static final FastOpenCapability ON = FastOpenCapability.available("on");
  private static final FastOpenCapability OFF = FastOpenCapability.disabled("off", "set it");
  private static final FastOpenCapability ABSENT = FastOpenCapability.unsupported("absent here");

  private final FastOpenBackend good = FakeBackend.of("good", 1, ON);

  @Test
  void choosesTheHighestPriorityInAnyOrderOfTheProviders() {
    FastOpenBackend better = FakeBackend.of("better", 2, ON);
    FastOpenBackend best = FakeBackend.of("best", 3, ON);

    BackendSelection selection = select(better, best, good);

    assertThat(selection.backends()).containsExactly(best, better, good);
    assertThat(selection.connector()).isSameAs(best.connector());
    assertThat(selection.listener()).isSameAs(best.listener());
    assertThat(selection.problems()).isEmpty();
  }

  @Test
  void probesNoServerSideBeforeAListenerIsAskedFor() {
    FastOpenListener listener = mock(FastOpenListener.class);
    when(listener.capability()).thenReturn(ON);
    FastOpenBackend probed = new FakeBackend("probed", 9, new PlainConnector(ON), listener);

    BackendSelection selection = select(probed, good);

    verify(listener, never()).capability();
    assertThat(selection.listener()).isSameAs(selection.listener()).isSameAs(listener);
    verify(listener).capability();
  }

  @Test
  void asksABackendForAnotherSystemForNeitherOfItsSides() {
    FastOpenBackend foreign = mock(FastOpenBackend.class);
    when(foreign.name()).thenReturn("foreign");
    when(foreign.priority()).thenReturn(9);
    when(foreign.otherSystem()).thenReturn(Optional.of("works on Plan 9"));

    BackendSelection selection = select(foreign, good);

    assertThat(selection.connector()).isSameAs(good.connector());
    assertThat(selection.listener()).isSameAs(good.listener());
    assertThat(selection.backends()).containsExactly(foreign, good);
    assertThat(selection.problems()).isEmpty();
    verify(foreign, never()).connector();
    verify(foreign, never()).listener();
  }

  @Test
  void comparesPrioritiesBeyondTheRangeOfTheirDifference() {
    FastOpenBackend lowest = FakeBackend.of("lowest", Integer.MIN_VALUE, ON);
    FastOpenBackend highest = FakeBackend.of("highest", Integer.MAX_VALUE, ON);

    assertThat(select(lowest, good, highest).backends()).containsExactly(highest, good, lowest);
  }

  @Test
  void skipsAnUnsupportedBackendOnlyForTheSideThatIsUnsupported() {
    FastOpenBackend clientOnly = FakeBackend.of("client-only", 9, ON, ABSENT);

    BackendSelection selection = select(good, clientOnly);

    assertThat(selection.connector()).isSameAs(clientOnly.connector());
    assertThat(selection.listener()).isSameAs(good.listener());
  }

  @Test
  void choosesADisabledBackendBecauseSettingsCanChange() {
    FastOpenBackend switchedOff = FakeBackend.of("switched-off", 9, OFF);

    assertThat(select(good, switchedOff).connector()).isSameAs(switchedOff.connector());
    assertThat(select(good, switchedOff).listener()).isSameAs(switchedOff.listener());
  }

  @Test
  void choosesTheForcedBackendEvenIfItIsUnsupportedAndAnotherHasAHigherPriority() {
    FastOpenBackend absent = FakeBackend.of("absent", 0, ABSENT);

    BackendSelection selection = force("absent", good, absent);

    assertThat(selection.connector()).isSameAs(absent.connector());
    assertThat(selection.listener()).isSameAs(absent.listener());
    assertThat(selection.problems()).isEmpty();
  }

  @Test
  void connectsPlainlyAndNamesThePropertyForAnUnknownName() {
    BackendSelection selection = force("godo", FakeBackend.of("fine", 2, ON), good);

    assertThat(selection.problems())
        .containsExactly("-Dio.tfo.backend=godo names no installed backend; installed: fine, good");
    assertThat(selection.connector()).isInstanceOf(PlainConnector.class);
    assertThat(selection.listener()).isInstanceOf(PlainListener.class);
    assertThat(selection.connector().capability().status()).isEqualTo(Status.UNSUPPORTED);
    assertThat(selection.connector().capability().detail())
        .contains("-Dio.tfo.backend=godo", "fine, good");
    assertThat(selection.listener().capability()).isEqualTo(selection.connector().capability());
  }

  @Test
  void isSwitchedOffByTheNameNone() {
    BackendSelection selection = force("none", good);

    assertThat(selection.problems()).isEmpty();
    assertThat(selection.connector()).isInstanceOf(PlainConnector.class);
    assertThat(selection.connector().capability())
        .hasToString(
            "UNSUPPORTED: switched off by -Dio.tfo.backend=none (remedy: remove this property)");
    assertThat(selection.backends()).containsExactly(good);
  }

  @Test
  void isSwitchedOffByTheNameNoneEvenWhereAProviderIsBroken() {
    BackendSelection selection =
        BackendSelection.of(
            providers(() -> good, BackendSelectionTest::unloadable),
            Optional.of(BackendSelection.NONE));

    assertThat(selection.connector()).isInstanceOf(PlainConnector.class);
    assertThat(selection.connector().capability().detail()).startsWith("switched off");
  }

  @Test
  void reportsThatNoBackendIsInstalled() {
    BackendSelection selection = select();

    assertThat(selection.connector().capability().detail()).isEqualTo("no backend is installed");
    assertThat(selection.connector().capability().remedy()).isPresent();
    assertThat(selection.problems()).isEmpty();
  }

  @Test
  void reportsEachRemedyOfTheInstalledBackendsOnce() {
    FastOpenCapability noLibrary = FastOpenCapability.unsupported("no library", "install it");
    FastOpenCapability denied = FastOpenCapability.unsupported("denied", "grant it");

    BackendSelection selection =
        select(
            FakeBackend.of("a", 4, noLibrary),
            FakeBackend.of("b", 3, noLibrary),
            FakeBackend.of("c", 2, ABSENT),
            FakeBackend.of("d", 1, denied));

    assertThat(selection.connector().capability().remedy()).contains("install it; grant it");
    assertThat(select(FakeBackend.of("c", 2, ABSENT)).listener().capability().remedy()).isEmpty();
  }

  @Test
  void reportsOfEachInstalledBackendWhyItDoesNotWorkHere() {
    BackendSelection selection =
        select(
            FakeBackend.of("a", 1, ABSENT),
            FakeBackend.of("b", 2, FastOpenCapability.unsupported("another system")));

    assertThat(selection.connector()).isInstanceOf(PlainConnector.class);
    assertThat(selection.connector().capability().detail())
        .contains("b: another system", "a: absent here");
  }

  @Test
  void reportsWhyTheListenerDoesNotWorkIfOnlyTheListenerDoesNot() {
    BackendSelection selection =
        select(FakeBackend.of("a", 1, ON, FastOpenCapability.unsupported("no server here")));

    assertThat(selection.listener().capability().detail()).contains("a: no server here");
  }

  @Test
  void reportsABrokenProviderAndTheBackendsThatDoNotWorkHere() {
    FastOpenBackend absent = FakeBackend.of("absent", 0, ABSENT);

    BackendSelection selection =
        BackendSelection.of(
            providers(BackendSelectionTest::unloadable, () -> absent), Optional.empty());

    assertThat(selection.connector().capability().detail())
        .contains("broken provider", "absent: absent here");
  }

  static List<Throwable> failures() {
    return List.of(
        new ServiceConfigurationError("broken provider", new NoSuchMethodException("<init>")),
        new NoClassDefFoundError("com/sun/jna/Native"),
        new UnsupportedClassVersionError("made for a newer Java"),
        new ExceptionInInitializerError(new IllegalStateException("static")),
        new IllegalStateException("runtime"));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void aProviderThatFailsToLoadDoesNotAffectOthers(Throwable failure) {
    BackendSelection selection =
        BackendSelection.of(
            providers(
                () -> {
                  throw BackendSelectionTest.<RuntimeException>unchecked(failure);
                },
                () -> good),
            Optional.empty());

    assertThat(selection.connector()).isSameAs(good.connector());
    assertThat(selection.problems()).singleElement().asString().contains(failure.toString());
  }

  @Test
  void aProviderThatFailsInHasNextDoesNotAffectOthers() {
    Iterator<FastOpenBackend> providers =
        new Iterator<>() {
          private final Iterator<FastOpenBackend> rest = List.of(good).iterator();
          private boolean failed;

          @Override
          public boolean hasNext() {
            if (!failed) {
              failed = true;
              throw new ServiceConfigurationError("a line of META-INF/services");
            }
            return rest.hasNext();
          }

          @Override
          public FastOpenBackend next() {
            return rest.next();
          }
        };

    BackendSelection selection = BackendSelection.of(() -> providers, Optional.empty());

    assertThat(selection.connector()).isSameAs(good.connector());
    assertThat(selection.problems())
        .singleElement()
        .asString()
        .contains("a line of META-INF/services");
  }

  @Test
  void theSearchEndsIfAProviderFailsForeverAndReportsItOnce() {
    Iterator<FastOpenBackend> providers =
        new Iterator<>() {
          @Override
          public boolean hasNext() {
            throw new ServiceConfigurationError("forever");
          }

          @Override
          public FastOpenBackend next() {
            throw new AssertionError();
          }
        };

    BackendSelection selection = BackendSelection.of(() -> providers, Optional.empty());

    assertThat(selection.connector()).isInstanceOf(PlainConnector.class);
    assertThat(selection.problems()).singleElement().asString().contains("forever");
  }

  @Test
  void reportsTheCauseOfAFailure() {
    BackendSelection selection =
        BackendSelection.of(providers(BackendSelectionTest::unloadable), Optional.empty());

    assertThat(selection.problems())
        .singleElement()
        .asString()
        .contains("broken provider")
        .contains("libjnidispatch.so");
    assertThat(selection.connector().capability().detail()).contains("libjnidispatch.so");
  }

  static List<Throwable> contractViolations() {
    return List.of(
        new IllegalStateException("broken"),
        new NoClassDefFoundError("broken"),
        new AssertionError("broken"));
  }

  @ParameterizedTest
  @MethodSource("contractViolations")
  void aBackendWhoseCapabilityThrowsIsSkipped(Throwable failure) {
    FastOpenBackend broken = FakeBackend.of("broken", 9, ON);
    FastOpenConnector connector = mock(FastOpenConnector.class);
    FastOpenListener listener = mock(FastOpenListener.class);
    when(connector.capability()).thenThrow(failure);
    when(listener.capability()).thenThrow(failure);
    FastOpenBackend backend = new FakeBackend("broken", 9, connector, listener);

    BackendSelection selection = select(backend, good);

    assertThat(selection.connector()).isSameAs(good.connector());
    assertThat(selection.listener()).isSameAs(good.listener());
    assertThat(CapabilityProbe.client(backend).status()).isEqualTo(Status.UNSUPPORTED);
    assertThat(CapabilityProbe.client(backend).detail()).contains(failure.toString());
    assertThat(CapabilityProbe.server(backend).detail()).contains(failure.toString());
    assertThat(CapabilityProbe.client(broken)).isEqualTo(ON);
  }

  @Test
  @SuppressWarnings("NullAway") // a backend that breaks its contract
  void aBackendWhoseCapabilityIsNullIsSkipped() {
    FastOpenBackend backend =
        new FakeBackend("broken", 9, mock(FastOpenConnector.class), mock(FastOpenListener.class));

    assertThat(select(backend, good).connector()).isSameAs(good.connector());
    assertThat(CapabilityProbe.client(backend).status()).isEqualTo(Status.UNSUPPORTED);
  }

  @ParameterizedTest
  @MethodSource("contractViolations")
  void aBackendWhosePriorityThrowsDoesNotAffectOthers(Throwable failure) {
    FastOpenBackend broken = broken();
    when(broken.priority()).thenThrow(failure);

    assertOnlyGoodIsLeft(broken, failure.toString());
  }

  @ParameterizedTest
  @MethodSource("contractViolations")
  void aBackendWhoseNameThrowsDoesNotAffectOthers(Throwable failure) {
    FastOpenBackend broken = broken();
    when(broken.name()).thenThrow(failure);

    assertOnlyGoodIsLeft(broken, failure.toString());
  }

  @ParameterizedTest
  @MethodSource("contractViolations")
  void aBackendWhoseConnectorThrowsDoesNotAffectOthers(Throwable failure) {
    FastOpenBackend broken = broken();
    when(broken.connector()).thenThrow(failure);

    assertOnlyGoodIsLeft(broken, failure.toString());
  }

  @ParameterizedTest
  @MethodSource("contractViolations")
  void aBackendWhoseListenerThrowsDoesNotAffectOthers(Throwable failure) {
    FastOpenBackend broken = broken();
    when(broken.listener()).thenThrow(failure);

    assertOnlyGoodIsLeft(broken, failure.toString());
  }

  @Test
  @SuppressWarnings("NullAway") // a backend that breaks its contract
  void aBackendWithANullNameOrSideDoesNotAffectOthers() {
    FastOpenBackend nameless = broken();
    when(nameless.name()).thenReturn(null);
    FastOpenBackend connectorless = broken();
    when(connectorless.connector()).thenReturn(null);
    FastOpenBackend listenerless = broken();
    when(listenerless.listener()).thenReturn(null);

    assertOnlyGoodIsLeft(nameless, "name");
    assertOnlyGoodIsLeft(connectorless, "connector");
    assertOnlyGoodIsLeft(listenerless, "listener");
  }

  private void assertOnlyGoodIsLeft(FastOpenBackend broken, String problem) {
    BackendSelection selection = select(broken, good);
    assertThat(selection.backends()).containsExactly(good);
    assertThat(selection.connector()).isSameAs(good.connector());
    assertThat(selection.problems()).singleElement().asString().contains(problem);
    BackendSelection forced = force("broken", broken, good);
    assertThat(forced.connector()).isInstanceOf(PlainConnector.class);
    assertThat(forced.connector().capability().detail()).contains(problem);
  }

  private static FastOpenBackend broken() {
    FastOpenBackend broken = mock(FastOpenBackend.class);
    when(broken.name()).thenReturn("broken");
    when(broken.priority()).thenReturn(9);
    when(broken.connector()).thenReturn(new PlainConnector(ON));
    when(broken.listener()).thenReturn(new PlainListener(ON));
    return broken;
  }

  private static FastOpenBackend unloadable() {
    throw new ServiceConfigurationError(
        "broken provider", new UnsatisfiedLinkError("libjnidispatch.so"));
  }

  private static BackendSelection select(FastOpenBackend... installed) {
    return BackendSelection.of(List.of(installed), Optional.empty());
  }

  private static BackendSelection force(String name, FastOpenBackend... installed) {
    return BackendSelection.of(List.of(installed), Optional.of(name));
  }

  /** Providers as a service loader returns them: each supplier returns one, or throws. */
  @SafeVarargs
  @SuppressWarnings("varargs")
  private static Iterable<FastOpenBackend> providers(Supplier<FastOpenBackend>... providers) {
    return () -> {
      Iterator<Supplier<FastOpenBackend>> rest = Arrays.asList(providers).iterator();
      return new Iterator<>() {
        @Override
        public boolean hasNext() {
          return rest.hasNext();
        }

        @Override
        public FastOpenBackend next() {
          return rest.next().get();
        }
      };
    };
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <T extends Throwable> T unchecked(Throwable t) throws T {
    throw (T) t;
  }
}
