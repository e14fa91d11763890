package io.tfo.integration.stress;

import io.tfo.test.ChildJvm;
import java.io.File;
import java.lang.ref.WeakReference;
import java.lang.reflect.Field;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Copies of the library, each in a class loader of its own: whether one can be unloaded, and
 * whether two work side by side.
 */
final class ClassLoaderCopies {
  private static final int COPIES = 3;
  private static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(10);

  private ClassLoaderCopies() {}

  /** Argument: "two" runs two copies at once; "one" runs them in turn, over one copy of JNA. */
  public static void main(String[] args) throws Exception {
    NamespaceKernel.prepare();
    System.out.println(ChildJvm.INSIDE);
    if (args[0].equals("two")) {
      sideBySide();
    } else {
      oneAfterTheOther();
    }
  }

  private static ClassLoader platform() {
    return ClassLoader.getPlatformClassLoader();
  }

  private static URL[] path(String... names) throws Exception {
    List<URL> urls = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      File file = new File(entry);
      boolean own = file.equals(new File(ChildJvm.home(Tenant.class)));
      for (String name : names) {
        if (own && name.startsWith("/") || entry.contains(name) && isJnaOrOurs(entry)) {
          urls.add(file.toURI().toURL());
          break;
        }
      }
    }
    return urls.toArray(URL[]::new);
  }

  private static boolean isJnaOrOurs(String entry) {
    return entry.matches(".*/tfo-[^/]*/target/.*") || entry.matches(".*/jna-[0-9.]*\\.jar");
  }

  private static void oneAfterTheOther() throws Exception {
    startThreadsOfOthers();
    try (URLClassLoader jna = new URLClassLoader(path("jna-"), platform())) {
      Class<?> jnaNative = jna.loadClass("com.sun.jna.Native");
      jna.loadClass("com.sun.jna.NativeLibrary").getMethod("getProcess").invoke(null);
      for (int i = 0; i < COPIES; i++) {
        WeakReference<ClassLoader> loader = tenant(jna, "/tfo-");
        forget(jnaNative);
        long deadline = System.nanoTime() + MOST_NANOS;
        while (loader.get() != null && System.nanoTime() < deadline) {
          System.gc();
          LockSupport.parkNanos(10_000_000);
        }
        System.out.println("copy " + i + (loader.get() == null ? " is unloaded" : " is kept"));
      }
    }
  }

  /** On JDK 17, a thread keeps the class loaders of all callers that were active at its start. */
  private static void startThreadsOfOthers() {
    new CompletableFuture<String>().completeOnTimeout("", 1, TimeUnit.MILLISECONDS).join();
  }

  /**
   * Makes JNA forget the classes with native methods: it keeps their methods, as JNI global
   * references, and their options.
   */
  private static void forget(Class<?> jnaNative) throws Exception {
    Field registered = jnaNative.getDeclaredField("registeredClasses");
    registered.setAccessible(true);
    for (Object each : Set.copyOf(((Map<?, ?>) registered.get(null)).keySet())) {
      jnaNative.getMethod("unregister", Class.class).invoke(null, each);
    }
    Field options = jnaNative.getDeclaredField("typeOptions");
    options.setAccessible(true);
    ((Map<?, ?>) options.get(null)).clear();
  }

  private static WeakReference<ClassLoader> tenant(ClassLoader parent, String... names)
      throws Exception {
    try (URLClassLoader loader = new URLClassLoader(path(names), parent)) {
      System.out.println("outcome " + newTenant(loader).call());
      return new WeakReference<>(loader);
    }
  }

  @SuppressWarnings("unchecked")
  private static Callable<String> newTenant(ClassLoader loader) throws Exception {
    return (Callable<String>)
        loader.loadClass("io.tfo.integration.stress.Tenant").getDeclaredConstructor().newInstance();
  }

  private static void sideBySide() throws Exception {
    CyclicBarrier together = new CyclicBarrier(2);
    List<FutureTask<String>> tenants = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      ClassLoader loader = new URLClassLoader(path("/tfo-", "jna-"), platform());
      FutureTask<String> tenant =
          new FutureTask<>(
              () -> {
                together.await();
                return newTenant(loader).call();
              });
      new Thread(tenant, "tenant").start();
      tenants.add(tenant);
    }
    for (FutureTask<String> each : tenants) {
      System.out.println("outcome " + each.get(60, TimeUnit.SECONDS));
    }
  }
}
