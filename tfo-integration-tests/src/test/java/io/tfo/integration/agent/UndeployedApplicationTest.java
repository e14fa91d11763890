package io.tfo.integration.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenConnector;
import io.tfo.socket.FastOpenSocketFactory;
import io.tfo.test.ChildJvm;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.ref.WeakReference;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import javax.net.SocketFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Undeploys the first application that connects. Its class loader is unloaded, though it has used a
 * library outside of it: among the server's libraries, or in the agent.
 */
@EnabledOnOs(OS.LINUX)
@Timeout(120)
class UndeployedApplicationTest {
  private static final String CONNECTED = "connected: ";
  private static final String UNLOADED = "the application is unloaded";
  private static final String NAME = "two.test";
  private static final String TWO_ADDRESSES = "127.0.0.1 %1$s%n127.0.0.2 %1$s%n".formatted(NAME);
  private static final String JNA = "JNA's thread runs";

  @Test
  void isUnloadedWhereTheLibraryIsBesideTheServersOwn() throws Exception {
    assertIsUnloaded(run(List.of(), WithTheLibrary.class));
  }

  @Test
  void isUnloadedWhereTheAgentHasTheLibrary() throws Exception {
    assertIsUnloaded(
        run(List.of(AgentJar.option("ports=all;listeners=off")), WithPlainSockets.class));
  }

  /** A race has a timer, whether a second address is tried or not. */
  @Test
  void isUnloadedWhereItRaced(@TempDir Path folder) throws Exception {
    Path names = Files.writeString(folder.resolve("hosts"), TWO_ADDRESSES);
    assertIsUnloaded(run(List.of("-Djdk.net.hosts.file=" + names), Racing.class));
  }

  private static void assertIsUnloaded(List<String> output) {
    assertThat(output).contains(CONNECTED + true, JNA, UNLOADED);
  }

  private static List<String> run(
      List<String> options, Class<? extends Consumer<InetSocketAddress>> application)
      throws Exception {
    List<String> arguments = new ArrayList<>(options);
    arguments.addAll(
        List.of(
            "-cp",
            ChildJvm.classPath(),
            UndeployedApplicationTest.class.getName(),
            application.getName()));
    boolean root = Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    ChildJvm child =
        ChildJvm.javaIn(
            List.of("unshare", root ? "-n" : "-Urn", "sh", "-c"),
            "echo 3 > /proc/sys/net/ipv4/tcp_fastopen && exec \"$0\" \"$@\"",
            arguments,
            Duration.ofMinutes(1));
    child.expectInside();
    return child.output().lines().toList();
  }

  /** An address of a class of the application. Apache HttpClient 4 has such a class. */
  private static final class ApplicationAddress extends InetSocketAddress {
    private static final long serialVersionUID = 1;

    ApplicationAddress(InetSocketAddress server) {
      super(server.getAddress(), server.getPort());
    }
  }

  /** Connects by the drop-ins. */
  public static final class WithTheLibrary implements Consumer<InetSocketAddress> {
    @Override
    public void accept(InetSocketAddress server) {
      try (SocketChannel channel = FastOpenConnector.system().open(server, ByteBuffer.allocate(1));
          Socket socket = FastOpenSocketFactory.system().createSocket()) {
        socket.connect(new ApplicationAddress(server));
        socket.getOutputStream().write(1);
        System.out.println(CONNECTED + channel.isConnected());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Connects to a host with two addresses. */
  public static final class Racing implements Consumer<InetSocketAddress> {
    @Override
    public void accept(InetSocketAddress server) {
      new WithTheLibrary().accept(server);
      SocketFactory racing = FastOpenSocketFactory.system().racing();
      try (Socket socket = racing.createSocket(NAME, server.getPort())) {
        System.out.println(CONNECTED + socket.isConnected());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Knows nothing of the library. */
  public static final class WithPlainSockets implements Consumer<InetSocketAddress> {
    @Override
    public void accept(InetSocketAddress server) {
      try (Socket socket = new Socket()) {
        socket.connect(new ApplicationAddress(server));
        socket.getOutputStream().write(1);
        System.out.println(CONNECTED + socket.isConnected());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Loads the application's class itself, as a server does. */
  private static final class ApplicationLoader extends ClassLoader {
    private final String application;

    ApplicationLoader(String application) {
      super(ApplicationLoader.class.getClassLoader());
      this.application = application;
    }

    @SuppressWarnings("unchecked")
    Consumer<InetSocketAddress> create() throws ReflectiveOperationException {
      return (Consumer<InetSocketAddress>)
          loadClass(application).getDeclaredConstructor().newInstance();
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (!name.equals(application) && !name.equals(ApplicationAddress.class.getName())) {
        return super.loadClass(name, resolve);
      }
      Class<?> loaded = findLoadedClass(name);
      if (loaded != null) {
        return loaded;
      }
      String file = name.replace('.', '/') + ".class";
      try (InputStream in = Objects.requireNonNull(getParent().getResourceAsStream(file))) {
        byte[] bytes = in.readAllBytes();
        return defineClass(name, bytes, 0, bytes.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }

  public static void main(String[] args) throws Exception {
    System.out.println(ChildJvm.INSIDE);
    WeakReference<ClassLoader> loader = deploy(args[0]);
    long start = System.nanoTime();
    while (loader.get() != null && System.nanoTime() - start < TimeUnit.SECONDS.toNanos(20)) {
      System.gc();
      LockSupport.parkNanos(10_000_000);
    }
    if (Thread.getAllStackTraces().keySet().stream()
        .anyMatch(each -> each.getName().equals("JNA Cleaner"))) {
      System.out.println(JNA);
    }
    System.out.println(loader.get() == null ? UNLOADED : "the application is kept");
  }

  /** Runs an application in a thread of its own, and forgets both. */
  private static WeakReference<ClassLoader> deploy(String application) throws Exception {
    ApplicationLoader loader = new ApplicationLoader(application);
    try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      InetSocketAddress address = (InetSocketAddress) server.getLocalSocketAddress();
      Thread thread = new Thread(() -> connect(loader, address), "application");
      thread.setContextClassLoader(loader);
      thread.start();
      thread.join();
    }
    return new WeakReference<>(loader);
  }

  private static void connect(ApplicationLoader loader, InetSocketAddress server) {
    try {
      Consumer<InetSocketAddress> application = loader.create();
      for (int i = 0; i < 3; i++) {
        application.accept(server);
      }
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }
}
