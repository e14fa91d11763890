package io.tfo.integration.nio;

import io.tfo.nio.FastOpenSelectorProvider;
import java.lang.reflect.Method;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

/**
 * Runs the tests of a class in a JVM whose selector provider is ours.
 *
 * <p>A JVM has one selector provider, which a system property names when the first channel opens.
 * Where this JVM has another one, a child JVM runs the tests, and each test here reports the result
 * that it has there. All classes share one child JVM for each class of extensions.
 */
public class ProviderJvm implements BeforeAllCallback, InvocationInterceptor {
  private final Class<? extends SelectorProvider> provider;
  private final List<String> options;

  /** Defers connects to some ports, for as long as a busy machine may take to the first write. */
  public ProviderJvm() {
    this(
        FastOpenSelectorProvider.class,
        "-Dio.tfo.provider.ports=443,8000-8999",
        "-Dio.tfo.provider.firstWriteMillis=3000");
  }

  /** A JVM with another provider, and with options of its own. */
  protected ProviderJvm(Class<? extends SelectorProvider> provider, String... options) {
    this.provider = provider;
    this.options =
        Stream.concat(
                Stream.of("-Djava.nio.channels.spi.SelectorProvider=" + provider.getName()),
                Stream.of(options))
            .toList();
  }

  private boolean isThisJvm() {
    return provider.isInstance(SelectorProvider.provider());
  }

  private TestJvm child(ExtensionContext context) {
    return context
        .getRoot()
        .getStore(Namespace.create(getClass()))
        .getOrComputeIfAbsent(TestJvm.class, key -> TestJvm.start(options), TestJvm.class);
  }

  @Override
  public void beforeAll(ExtensionContext context) throws Exception {
    if (isThisJvm()) {
      // The provider looks for backends at its first channel, and not on a host of a lab.
      SocketChannel.open().close();
    } else {
      child(context).run(context.getRequiredTestClass());
    }
  }

  @Override
  public void interceptBeforeEachMethod(
      Invocation<Void> invocation,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    proceedInThisJvmOnly(invocation);
  }

  @Override
  public void interceptAfterEachMethod(
      Invocation<Void> invocation,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    proceedInThisJvmOnly(invocation);
  }

  @Override
  public void interceptTestMethod(
      Invocation<Void> invocation,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    test(invocation, context);
  }

  @Override
  public void interceptTestTemplateMethod(
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
