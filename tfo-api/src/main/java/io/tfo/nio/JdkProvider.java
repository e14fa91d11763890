package io.tfo.nio;

import io.tfo.spi.AsynchronousChannelSupport;
import io.tfo.spi.FastOpenBackend;
import io.tfo.spi.SelectorProviderSupport;
import java.lang.reflect.InvocationTargetException;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.nio.channels.spi.SelectorProvider;
import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import javax.management.MBeanServerFactory;
import org.jspecify.annotations.Nullable;

/**
 * Finds the JDK's own provider of channels, which no exported method returns while the system
 * property names another one. It tries three ways, because without this provider the process could
 * not open any channel of that kind.
 *
 * <p>Runs while the process has no provider yet. So it opens no channel, and asks no backend for
 * its capabilities, since a backend can open channels to find them.
 *
 * @param <P> the provider's class
 * @param type the provider's class
 * @param holder a class of the JDK that has the provider
 * @param method its method that returns it
 * @param byBackend asks a backend for it; returns null if the backend does not know such providers
 * @param classNames those of the JDK's own providers
 */
record JdkProvider<P>(
    Class<P> type, String holder, String method, ByBackend<P> byBackend, List<String> classNames) {
  /**
   * A limit, since one broken backend can make the search for the next one fail again and again.
   */
  private static final int MAX_FAILURES = 100;

  private interface ByBackend<P> {
    @Nullable P of(FastOpenBackend backend) throws IllegalAccessException;
  }

  static SelectorProvider selector() {
    return new JdkProvider<>(
            SelectorProvider.class,
            "sun.nio.ch.DefaultSelectorProvider",
            "get",
            backend ->
                backend instanceof SelectorProviderSupport support ? support.jdkProvider() : null,
            // Each JDK has one or two of these: its system's provider, and on some systems a
            // fallback.
            List.of(
                "sun.nio.ch.EPollSelectorProvider",
                "sun.nio.ch.KQueueSelectorProvider",
                "sun.nio.ch.WEPollSelectorProvider",
                "sun.nio.ch.PollSelectorProvider"))
        .find();
  }

  static AsynchronousChannelProvider asynchronous() {
    return new JdkProvider<>(
            AsynchronousChannelProvider.class,
            "sun.nio.ch.DefaultAsynchronousChannelProvider",
            "create",
            backend ->
                backend instanceof AsynchronousChannelSupport support
                    ? support.jdkAsynchronousProvider()
                    : null,
            List.of(
                "sun.nio.ch.LinuxAsynchronousChannelProvider",
                "sun.nio.ch.BsdAsynchronousChannelProvider",
                "sun.nio.ch.WindowsAsynchronousChannelProvider"))
        .find();
  }

  /**
   * Finds it with the library's permissions: under JDK 17's security manager, the program needs
   * none.
   */
  @SuppressWarnings("removal")
  private P find() {
    return AccessController.doPrivileged((PrivilegedAction<P>) this::search);
  }

  private P search() {
    List<String> reasons = new ArrayList<>();
    return byExport(reasons)
        .or(() -> byBackend(reasons))
        .or(() -> byManagement(reasons))
        .orElseThrow(
            () ->
                new UnsupportedOperationException(
                    "the JDK's own "
                        + type.getSimpleName()
                        + " cannot be reached: "
                        + String.join("; ", reasons.stream().distinct().toList())
                        + "; do one of these: run java with --add-modules java.management; add that"
                        + " module, or java.logging for JNA, to the image that jlink makes; under a"
                        + " security manager, grant the library java.security.AllPermission; or"
                        + " remove -D"
                        + type.getName()));
  }

  /** Works if the user has exported the package: {@code --add-exports java.base/sun.nio.ch=...}. */
  private Optional<P> byExport(List<String> reasons) {
    try {
      return Optional.of(type.cast(Class.forName(holder).getMethod(method).invoke(null)));
    } catch (ClassNotFoundException
        | NoSuchMethodException
        | IllegalAccessException
        | InvocationTargetException
        | SecurityException e) {
      reasons.add(e.toString());
      return Optional.empty();
    }
  }

  /** Works if a backend is installed that has access to the JDK's classes. */
  private Optional<P> byBackend(List<String> reasons) {
    Iterator<FastOpenBackend> backends =
        ServiceLoader.load(FastOpenBackend.class, FastOpenBackend.class.getClassLoader())
            .iterator();
    while (reasons.size() < MAX_FAILURES) {
      try {
        if (!backends.hasNext()) {
          break;
        }
        P found = byBackend.of(backends.next());
        if (found != null) {
          return Optional.of(found);
        }
      } catch (IllegalAccessException | RuntimeException | Error e) {
        reasons.add(e.toString());
      }
    }
    return Optional.empty();
  }

  /**
   * Works without a backend and without native access: an MBean server of the module {@code
   * java.management}, to which the package is exported, creates objects of a named class.
   */
  private Optional<P> byManagement(List<String> reasons) {
    for (String name : classNames) {
      try {
        return Optional.of(type.cast(MBeanServerFactory.newMBeanServer().instantiate(name)));
      } catch (Exception | LinkageError e) {
        reasons.add(e.toString());
      }
    }
    return Optional.empty();
  }
}
