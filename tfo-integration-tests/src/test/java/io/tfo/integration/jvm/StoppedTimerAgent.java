package io.tfo.integration.jvm;

import io.tfo.test.StoppedTimer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.AccessController;
import java.security.PrivilegedAction;
import java.security.ProtectionDomain;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import org.jspecify.annotations.Nullable;

/**
 * An agent that does what {@link StoppedTimer} does, in the JVM of a program that knows nothing of
 * the library, and for as long as that runs. Each copy of the library has its timer stopped before
 * anything can wait for it.
 */
public final class StoppedTimerAgent implements ClassFileTransformer {
  private static final String TIMER = "io.tfo.timer.DaemonTimer";

  /** All code that waits for the timer uses this class. */
  private static final String USER_OF_TIMER = "io/tfo/timer/Deadlines";

  private StoppedTimerAgent() {}

  /** Called by the JVM. */
  public static void premain(String arguments, Instrumentation jvm) {
    jvm.addTransformer(new StoppedTimerAgent());
  }

  @Override
  @SuppressWarnings("removal")
  public byte @Nullable [] transform(
      @Nullable ClassLoader loader,
      String name,
      @Nullable Class<?> redefined,
      @Nullable ProtectionDomain domain,
      byte[] classFile) {
    if (USER_OF_TIMER.equals(name)) {
      AccessController.doPrivileged(
          (PrivilegedAction<@Nullable Void>)
              () -> {
                stop(loader);
                return null;
              });
    }
    return null;
  }

  /**
   * Stops the timer, or prints why it could not: a test fails on output that it does not expect.
   */
  private static void stop(@Nullable ClassLoader loader) {
    CountDownLatch isStopped = new CountDownLatch(1);
    Runnable waiting =
        () -> {
          isStopped.countDown();
          awaitForEver();
        };
    try {
      Class.forName(TIMER, true, loader)
          .getMethod("run", Runnable.class, Duration.class)
          .invoke(null, waiting, Duration.ZERO);
      isStopped.await();
    } catch (ReflectiveOperationException | InterruptedException e) {
      e.printStackTrace();
    }
  }

  private static void awaitForEver() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      e.printStackTrace();
    }
  }

  /** Returns the option of {@code java} that loads it. */
  public static String option() {
    return "-javaagent:" + Jar.PATH;
  }

  /** Returns its jar, which has nothing but this class, and stays until this JVM ends. */
  public static Path jar() {
    return Jar.PATH;
  }

  private static final class Jar {
    static final Path PATH = of(StoppedTimerAgent.class);

    private static Path of(Class<?> agent) {
      try {
        Path jar = Files.createTempFile("agent", ".jar");
        jar.toFile().deleteOnExit();
        write(agent, jar);
        return jar;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /**
   * Writes a jar with an agent.
   *
   * @param agent the class, which needs no other
   */
  public static void write(Class<?> agent, Path jar) throws IOException {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().put(new Attributes.Name("Premain-Class"), agent.getName());
    String file = agent.getName().replace('.', '/') + ".class";
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest);
        InputStream in = agent.getResourceAsStream("/" + file)) {
      out.putNextEntry(new ZipEntry(file));
      in.transferTo(out);
    }
  }
}
