package io.tfo;

import io.tfo.spi.ChannelHook;
import io.tfo.spi.FastOpenBackend;
import java.lang.reflect.InvocationTargetException;
import java.nio.channels.spi.SelectorProvider;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.ServiceLoader;

/**
 * The way to the JDK's own provider, which no exported class hands out while the system property
 * names another: where its package is exported to us, or through a backend.
 */
final class JdkProvider {
  private static final int MOST_FAILURES = 100;

  private JdkProvider() {}

  /**
   * Finds it. Opens no channel, and so asks no backend for its capabilities: the process has no
   * provider yet.
   */
  static SelectorProvider find() {
    List<String> reasons = new ArrayList<>();
    try {
      return (SelectorProvider)
          Class.forName("sun.nio.ch.DefaultSelectorProvider").getMethod("get").invoke(null);
    } catch (IllegalAccessException notExported) {
      // As usual.
    } catch (ClassNotFoundException | NoSuchMethodException | InvocationTargetException e) {
      reasons.add(e.toString());
    }
    Iterator<FastOpenBackend> backends =
        ServiceLoader.load(FastOpenBackend.class, FastOpenBackend.class.getClassLoader())
            .iterator();
    while (reasons.size() < MOST_FAILURES) {
      try {
        if (!backends.hasNext()) {
          break;
        }
        if (backends.next() instanceof ChannelHook hook) {
          return hook.jdkProvider();
        }
      } catch (IllegalAccessException | RuntimeException | Error e) {
        reasons.add(e.toString());
      }
    }
    throw new UnsupportedOperationException(
        "the JDK's own SelectorProvider cannot be reached: "
            + (reasons.isEmpty()
                ? "no backend is installed"
                : String.join("; ", reasons.stream().distinct().toList()))
            + "; install a backend and run java with --enable-native-access=ALL-UNNAMED (class"
            + " path) or --enable-native-access=com.sun.jna (module path), or with --add-exports"
            + " java.base/sun.nio.ch=ALL-UNNAMED (class path) or =io.tfo (module path), or leave"
            + " -Djava.nio.channels.spi.SelectorProvider out");
  }
}
