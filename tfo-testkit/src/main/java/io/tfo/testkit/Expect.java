package io.tfo.testkit;

import io.tfo.FastOpenCapability;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** Assertions whose messages say what was expected of a backend. */
public final class Expect {
  private Expect() {}

  /**
   * Asserts a condition.
   *
   * @param holds the condition
   * @param otherwise the message of the failure, a format
   * @param arguments what the format needs
   * @throws AssertionError if the condition does not hold
   */
  @SuppressWarnings("AnnotateFormatMethod") // its annotation would be one more dependency
  public static void that(boolean holds, String otherwise, @Nullable Object... arguments) {
    if (!holds) {
      throw new AssertionError(String.format(Locale.ROOT, otherwise, arguments));
    }
  }

  /**
   * Asserts that a value is as expected.
   *
   * @param what the name of the value
   * @param expected the value that it must have
   * @param actual the value that it has
   * @throws AssertionError if they differ
   */
  public static void equal(String what, @Nullable Object expected, @Nullable Object actual) {
    that(Objects.equals(expected, actual), "%s: expected %s but was %s", what, expected, actual);
  }

  /**
   * Asserts that data has arrived completely. The message has both lengths and the first
   * difference.
   *
   * @param what the name of the data
   * @param expected the bytes that were sent
   * @param actual the bytes that arrived
   * @throws AssertionError if they differ
   */
  public static void sameBytes(String what, byte[] expected, byte[] actual) {
    int at = Arrays.mismatch(expected, actual);
    that(
        at < 0,
        "%s: expected %d bytes but got %d; the first difference is at byte %d",
        what,
        expected.length,
        actual.length,
        at);
  }

  /**
   * Asserts that an operation throws.
   *
   * @param what the name of the operation
   * @param operation what must throw
   * @return what it threw
   * @throws AssertionError if it returns
   */
  static Throwable thrown(String what, Callable<?> operation) {
    try {
      Object result = operation.call();
      throw new AssertionError(
          String.format(Locale.ROOT, "%s: expected an exception but got %s", what, result));
    } catch (AssertionError e) {
      throw e;
    } catch (Throwable t) {
      return t;
    }
  }

  /**
   * Asserts that an operation throws an exception of one class, and not of a subclass.
   *
   * @param <T> the class
   * @param what the name of the operation
   * @param type the class
   * @param operation what must throw
   * @return what it threw
   * @throws AssertionError if it returns or throws another class
   */
  static <T extends Throwable> T thrown(String what, Class<T> type, Callable<?> operation) {
    Throwable t = thrown(what, operation);
    if (t.getClass() != type) {
      throw new AssertionError(
          String.format(Locale.ROOT, "%s: expected %s but %s was thrown", what, type.getName(), t),
          t);
    }
    return type.cast(t);
  }

  /**
   * Runs an operation, so that its result can be compared with the JDK's.
   *
   * @param operation what to run
   * @return a text with its result, or with the class of its exception
   */
  public static String outcomeOf(Callable<?> operation) {
    try {
      return "returned " + operation.call();
    } catch (Exception e) {
      return "threw " + e.getClass().getName();
    }
  }

  /**
   * Asserts that a capability has a detail, and a remedy only if its status requires one.
   *
   * @param side {@code client} or {@code server}
   * @param capability the capability of that side
   * @throws AssertionError if an explanation is missing
   */
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
