package io.tfo.testkit;

import io.tfo.FastOpenCapability;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What the rules assert with: messages that say what was expected of the backend. */
public final class Expect {
  private Expect() {}

  @SuppressWarnings("AnnotateFormatMethod") // its annotation would be one more dependency
  public static void that(boolean holds, String otherwise, @Nullable Object... arguments) {
    if (!holds) {
      throw new AssertionError(otherwise.formatted(arguments));
    }
  }

  public static void equal(String what, @Nullable Object expected, @Nullable Object actual) {
    that(Objects.equals(expected, actual), "%s: expected %s but was %s", what, expected, actual);
  }

  public static void sameBytes(String what, byte[] expected, byte[] actual) {
    int at = Arrays.mismatch(expected, actual);
    that(
        at < 0,
        "%s: expected %d bytes but were %d, which differ from byte %d on",
        what,
        expected.length,
        actual.length,
        at);
  }

  /** Runs an operation that must throw, and returns what it threw. */
  public static Throwable thrown(String what, Callable<?> operation) {
    try {
      Object result = operation.call();
      throw new AssertionError("%s: expected an exception but got %s".formatted(what, result));
    } catch (AssertionError e) {
      throw e;
    } catch (Throwable t) {
      return t;
    }
  }

  public static <T extends Throwable> T thrown(String what, Class<T> type, Callable<?> operation) {
    Throwable t = thrown(what, operation);
    if (t.getClass() != type) {
      throw new AssertionError(
          "%s: expected %s but %s was thrown".formatted(what, type.getName(), t), t);
    }
    return type.cast(t);
  }

  /**
   * What an operation came to, for comparing with the JDK's: its result, or the exception's class.
   */
  public static String outcomeOf(Callable<?> operation) {
    try {
      return "returned " + operation.call();
    } catch (Exception e) {
      return "threw " + e.getClass().getName();
    }
  }

  public static <T> T matching(String what, T actual, Predicate<T> wanted) {
    that(wanted.test(actual), "%s: was %s", what, actual);
    return actual;
  }

  public static void explained(String side, FastOpenCapability capability) {
    Expect.that(!capability.detail().isBlank(), "the %s capability has no detail", side);
    Expect.that(
        capability.status() != FastOpenCapability.Status.DISABLED
            || capability.remedy().isPresent(),
        "the %s capability is DISABLED without a remedy: %s",
        side,
        capability.detail());
    Expect.that(
        capability.status() != FastOpenCapability.Status.AVAILABLE || capability.remedy().isEmpty(),
        "the %s capability is AVAILABLE and yet has a remedy",
        side);
  }
}
