package io.tfo.integration.jvm;

import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

/**
 * Runs the tests of a class in a JVM that is started with other options than this one. Each test
 * here reports the result that it has there. All classes with the same extension share one such
 * JVM.
 */
public abstract class InChildJvm
    implements BeforeAllCallback, BeforeEachCallback, InvocationInterceptor {
  /** Whether this JVM has been started with the options. */
  protected abstract boolean isThisJvm();

  /** The options of the JVM. */
  protected abstract List<String> options();

  /** The variables that the JVM's environment has in addition to this JVM's. May skip the tests. */
  protected Map<String, String> environment() throws Exception {
    return Map.of();
  }

  /** Called in the child JVM before the tests of a class. */
  protected void begin() throws Exception {}

  private TestJvm child(ExtensionContext context) {
    return context
        .getRoot()
        .getStore(Namespace.create(getClass()))
        .getOrComputeIfAbsent(TestJvm.class, key -> start(), TestJvm.class);
  }

  private TestJvm start() {
    try {
      return TestJvm.start(options(), environment());
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public final void beforeAll(ExtensionContext context) throws Exception {
    if (isThisJvm()) {
      begin();
    } else {
      child(context).run(context.getRequiredTestClass());
    }
  }

  /**
   * Waits until the test has ended in the child JVM. This wait is not part of the test here: the
   * child JVM applies the test's time limit, and runs the tests in another order.
   */
  @Override
  public final void beforeEach(ExtensionContext context) throws Exception {
    if (!isThisJvm()) {
      child(context).awaitTest(context.getUniqueId());
    }
  }

  @Override
  public final void interceptBeforeEachMethod(
      Invocation<Void> invocation,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    proceedInThisJvmOnly(invocation);
  }

  @Override
  public final void interceptAfterEachMethod(
      Invocation<Void> invocation,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    proceedInThisJvmOnly(invocation);
  }

  @Override
  public final void interceptTestMethod(
      Invocation<Void> invocation,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    test(invocation, context);
  }

  @Override
  public final void interceptTestTemplateMethod(
      Invocation<Void> invocation,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    test(invocation, context);
  }

  private void test(Invocation<Void> invocation, ExtensionContext context) throws Throwable {
    proceedInThisJvmOnly(invocation);
    if (!isThisJvm()) {
      child(context).expectSuccess(context.getUniqueId());
    }
  }

  private void proceedInThisJvmOnly(Invocation<Void> invocation) throws Throwable {
    if (isThisJvm()) {
      invocation.proceed();
    } else {
      invocation.skip();
    }
  }
}
