package io.tfo.test;

import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.WeakReference;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Consumer;

/** An application with a class loader of its own, which nothing here holds after its one call. */
public final class UndeployedApplication {
  private UndeployedApplication() {}

  /**
   * Makes a call from a class of a new class loader.
   *
   * @return the class loader
   */
  public static WeakReference<ClassLoader> calling(Callable<?> call)
      throws ReflectiveOperationException {
    ClassLoader loader = new Loader();
    @SuppressWarnings("unchecked")
    Consumer<Callable<?>> application =
        (Consumer<Callable<?>>)
            loader.loadClass(Caller.class.getName()).getDeclaredConstructor().newInstance();
    application.accept(call);
    return new WeakReference<>(loader);
  }

  /** Loaded by each {@link Loader} anew. */
  public static final class Caller implements Consumer<Callable<?>> {
    @Override
    public void accept(Callable<?> call) {
      try {
        call.call();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private static final class Loader extends ClassLoader {
    Loader() {
      super(UndeployedApplication.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (!name.equals(Caller.class.getName())) {
        return super.loadClass(name, resolve);
      }
      try (InputStream file = getResourceAsStream(name.replace('.', '/') + ".class")) {
        byte[] content = Objects.requireNonNull(file).readAllBytes();
        return defineClass(name, content, 0, content.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }
}
