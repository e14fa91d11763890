package io.tfo.nio;

import io.tfo.spi.FastOpenBackend;
import io.tfo.spi.SelectorProviderSupport;
import java.lang.reflect.InvocationTargetException;
import java.nio.channels.spi.SelectorProvider;
import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import javax.management.MBeanServerFactory;

/**
 * Finds the JDK's own {@link SelectorProvider}, which no exported method returns while the system
 * property names another one. It tries three ways, because without this provider the process could
 * not open any NIO channel.
 *
 * <p>Runs while the process has no provider yet. So it opens no channel, and asks no backend for
 * its capabilities, since a backend can open channels to find them.
 */
final class JdkProvider {
  /** One broken backend can make the search for the next one fail again and again. */
  private static final int MAX_FAILURES = 100;

  /** Each JDK has one or two of these: its system's provider, and on some systems a fallback. */
  private static final List<String> CLASS_NAMES =
      List.of(
          "sun.nio.ch.EPollSelectorProvider",
          "sun.nio.ch.KQueueSelectorProvider",
          "sun.nio.ch.WEPollSelectorProvider",
          "sun.nio.ch.PollSelectorProvider");

  private JdkProvider() {}

  /** Under a security manager, as JDK 17 has, the program needs no permission for it. */
  @SuppressWarnings("removal")
  static SelectorProvider find() {
    return AccessController.doPrivileged((PrivilegedAction<SelectorProvider>) JdkProvider::search);
  }

  private static SelectorProvider search() {
    List<String> reasons = new ArrayList<>();
    return byExport(reasons)
        .or(() -> byBackend(reasons))
        .or(() -> byManagement(reasons))
        .orElseThrow(
            () ->
                new UnsupportedOperationException(
                    "the JDK's own SelectorProvider cannot be reached: "
                        + String.join("; ", reasons.stream().distinct().toList())
                        + "; run java with --add-modules java.management, grant the library"
                        + " java.security.AllPermission if there is a security manager, or remove"
                        + " -Djava.nio.channels.spi.SelectorProvider"));
  }

  /** Works if the user has exported the package: {@code --add-exports java.base/sun.nio.ch=...}. */
  private static Optional<SelectorProvider> byExport(List<String> reasons) {
    try {
      return Optional.of(
          (SelectorProvider)
              Class.forName("sun.nio.ch.DefaultSelectorProvider").getMethod("get").invoke(null));
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
  private static Optional<SelectorProvider> byBackend(List<String> reasons) {
    Iterator<FastOpenBackend> backends =
        ServiceLoader.load(FastOpenBackend.class, FastOpenBackend.class.getClassLoader())
            .iterator();
    while (reasons.size() < MAX_FAILURES) {
      try {
        if (!backends.hasNext()) {
          break;
        }
        if (backends.next() instanceof SelectorProviderSupport support) {
          return Optional.of(support.jdkProvider());
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
  private static Optional<SelectorProvider> byManagement(List<String> reasons) {
    for (String name : CLASS_NAMES) {
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
