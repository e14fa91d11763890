package io.tfo.integration.backends;

import io.tfo.jna.FreshBackend;
import io.tfo.spi.FastOpenBackend;
import io.tfo.test.ChildJvm;
import io.tfo.testkit.BackendSimulation;
import io.tfo.testkit.Conformance;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Every backend that can be run here: those of this machine's kernel, and those whose module has a
 * {@link BackendSimulation} among its tests. The modules are found by their folders, {@code
 * tfo-backend-NAME}, so that a new one is tested without being listed.
 */
public final class BackendsUnderTest {
  private static final String FOLDER = "tfo-backend-";

  /** Creates a backend that remembers no destination, by its name; those of this kernel first. */
  public static final Map<String, Supplier<FastOpenBackend>> ALL = all();

  private BackendsUnderTest() {}

  private static Map<String, Supplier<FastOpenBackend>> all() {
    Map<String, Supplier<FastOpenBackend>> all = new LinkedHashMap<>();
    Map<String, Supplier<FastOpenBackend>> simulated = new LinkedHashMap<>();
    for (Path folder : folders()) {
      String name = folder.getFileName().toString().substring(FOLDER.length());
      ModuleLoader loader = new ModuleLoader(folder);
      loader.first(BackendSimulation.class).ifPresent(s -> simulated.put(name, s.get()::create));
    }
    for (FastOpenBackend backend : Conformance.backends()) {
      if (!simulated.containsKey(backend.name())) {
        all.put(backend.name(), () -> fresh(backend.getClass()));
      }
    }
    all.putAll(simulated);
    return all;
  }

  private static FastOpenBackend fresh(Class<? extends FastOpenBackend> type) {
    return ServiceLoader.load(FastOpenBackend.class).stream()
        .filter(provider -> provider.type() == type)
        .map(ServiceLoader.Provider::get)
        .map(FreshBackend::of)
        .findFirst()
        .orElseThrow();
  }

  /** The folders of the backends' modules, beside this module's. */
  public static List<Path> folders() {
    Path module = Path.of(ChildJvm.home(BackendsUnderTest.class)).getParent().getParent();
    try (Stream<Path> folders = Files.list(module.getParent())) {
      return folders
          .filter(folder -> folder.getFileName().toString().startsWith(FOLDER))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Loads a backend's classes and its tests together, since the tests use what is package-private.
   * Everything else comes from the class path.
   */
  private static final class ModuleLoader extends URLClassLoader {
    ModuleLoader(Path folder) {
      super(
          new URL[] {
            url(folder.resolve("target/classes")), url(folder.resolve("target/test-classes"))
          },
          BackendsUnderTest.class.getClassLoader());
    }

    private static URL url(Path folder) {
      try {
        return folder.toUri().toURL();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    <S> Optional<ServiceLoader.Provider<S>> first(Class<S> service) {
      return ServiceLoader.load(service, this).stream()
          .filter(provider -> provider.type().getClassLoader() == this)
          .findFirst();
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (name.startsWith("io.tfo.backend.")) {
        synchronized (getClassLoadingLock(name)) {
          Class<?> known = findLoadedClass(name);
          if (known != null) {
            return known;
          }
          if (findResource(name.replace('.', '/') + ".class") != null) {
            return findClass(name);
          }
        }
      }
      return super.loadClass(name, resolve);
    }
  }
}
