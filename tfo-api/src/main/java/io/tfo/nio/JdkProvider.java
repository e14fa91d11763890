package io.tfo.nio;

import io.tfo.spi.FastOpenBackend;
import io.tfo.spi.SelectorProviderSupport;
import java.lang.reflect.InvocationTargetException;
import java.nio.channels.spi.SelectorProvider;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import javax.management.MBeanServerFactory;

/**
 * The way to the JDK's own provider, which no exported class hands out while the system property
 * names another. There are three, since without it the process could open no NIO channel at all.
 *
 * <p>Opens no channel, and so asks no backend for its capabilities: the process has no provider
 * yet.
 */
final class JdkProvider {
  private static final int MOST_FAILURES = 100;

  /** Each JDK has one or two of them: that of its system, and the fallback of some. */
  private static final List<String> NAMES =
      List.of(
          "sun.nio.ch.EPollSelectorProvider",
          "sun.nio.ch.KQueueSelectorProvider",
          "sun.nio.ch.WEPollSelectorProvider",
          "sun.nio.ch.PollSelectorProvider");

  private JdkProvider() {}

  static SelectorProvider find() {
    List<String> reasons = new ArrayList<>();
    return exported(reasons)
        .or(() -> ofBackend(reasons))
        .or(() -> byManagement(reasons))
        .orElseThrow(
            () ->
                new UnsupportedOperationException(
                    "the JDK's own SelectorProvider cannot be reached: "
                        + String.join("; ", reasons.stream().distinct().toList())
                        + "; run java with --add-modules java.management, or leave"
                        + " -Djava.nio.channels.spi.SelectorProvider out"));
  }

  /** Where the user has opened its package: {@code --add-exports java.base/sun.nio.ch=...}. */
  private static Optional<SelectorProvider> exported(List<String> reasons) {
    try {
      return Optional.of(
          (SelectorProvider)
              Class.forName("sun.nio.ch.DefaultSelectorProvider").getMethod("get").invoke(null));
    } catch (ClassNotFoundException
        | NoSuchMethodException
        | IllegalAccessException
        | InvocationTargetException e) {
      reasons.add(e.toString());
      return Optional.empty();
    }
  }

  private static Optional<SelectorProvider> ofBackend(List<String> reasons) {
    Iterator<FastOpenBackend> backends =
        ServiceLoader.load(FastOpenBackend.class, FastOpenBackend.class.getClassLoader())
            .iterator();
    while (reasons.size() < MOST_FAILURES) {
      try {
        if (!backends.hasNext()) {
          break;
        }
        if (backends.next() instanceof SelectorProviderSupport hook) {
          return Optional.of(hook.jdkProvider());
        }
      } catch (IllegalAccessException | RuntimeException | Error e) {
        reasons.add(e.toString());
      }
    }
    return Optional.empty();
  }

  /**
   * Without a backend, or without native access: by the JDK's management, which makes objects of a
   * given name, and to which the package is exported.
   */
  private static Optional<SelectorProvider> byManagement(List<String> reasons) {
    for (String name : NAMES) {
      try {
        return Optional.of(
            (SelectorProvider) MBeanServerFactory.newMBeanServer().instantiate(name));
      } catch (Exception | LinkageError e) {
        reasons.add(e.toString());
      }
    }
    return Optional.empty();
  }
}
