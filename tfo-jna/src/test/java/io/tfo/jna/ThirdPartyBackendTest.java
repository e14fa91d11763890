package io.tfo.jna;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.Native;
import io.tfo.jna.test.LibraryPath;
import io.tfo.test.ChildJvm;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A backend that is not one of this library's, in a module of its own. */
@EnabledOnOs(OS.LINUX)
class ThirdPartyBackendTest {
  private static final String LIBRARIES = LibraryPath.of(Native.class);

  private static final String BACKEND_MODULE =
      """
      module org.example.backend {
        requires com.sun.jna;
        requires io.tfo.jna;
        provides io.tfo.spi.FastOpenBackend with org.example.backend.ExampleBackend;
      }
      """;

  private static final String BACKEND =
      """
      package org.example.backend;

      import com.sun.jna.*;
      import io.tfo.FastOpenCapability;
      import io.tfo.jna.*;
      import java.nio.ByteBuffer;

      public class ExampleBackend extends JnaBackend implements NativeTcp {
        static native int sendto(int fd, ByteBuffer b, long n, int flags, ByteBuffer to, int length);
        public ExampleBackend() { super("example", 300, null); }
        protected NativeTcp load() { return new ExampleBackend(); }
        public void probe(int fd) { Native.register(ExampleBackend.class, NativeLibrary.getInstance(null)); }
        public FastOpenCapability client() { return FastOpenCapability.available("an example"); }
        public boolean needsNonBlockingDescriptor() { return false; }
        public SocketAddressLayout addresses() { return SocketAddressLayout.LINUX; }
        public int sendSyn(int fd, ByteBuffer to, int length, ByteBuffer data, int n) {
          System.out.println("sendSyn " + n);
          int taken = sendto(fd, data, n, 0x20004040, to, length); // MSG_FASTOPEN|NOSIGNAL|DONTWAIT
          return taken >= 0 ? taken : Native.getLastError() == 115 ? 0 : NOT_SENT; // EINPROGRESS
        }
      }
      """;

  private static final String APPLICATION_MODULE =
      "module org.example.application { requires io.tfo; }";

  private static final String APPLICATION =
      """
      package org.example.application;

      import io.tfo.*;
      import java.net.*;
      import java.nio.ByteBuffer;
      import java.nio.channels.*;

      public class Main {
        public static void main(String[] args) throws Exception {
          System.out.println(FastOpenBackends.installed());
          InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
          try (ServerSocketChannel listener = ServerSocketChannel.open().bind(any);
              SocketChannel client =
                  FastOpenConnector.system()
                      .open(listener.getLocalAddress(), ByteBuffer.wrap(new byte[] {42, 43}));
              SocketChannel accepted = listener.accept()) {
            ByteBuffer received = ByteBuffer.allocate(10);
            while (received.position() < 2 && accepted.read(received) >= 0) {}
            System.out.println("received " + received.get(0) + " " + received.get(1));
            System.out.println("outcome " + FastOpenConnector.system().outcome(client));
            System.out.println("listener " + FastOpenListener.system().capability().status());
          }
        }
      }
      """;

  @TempDir private Path folder;
  private String backend;
  private String application;

  @BeforeEach
  void compileBackendAndApplication() throws Exception {
    backend = compile("org.example.backend", "ExampleBackend", BACKEND_MODULE, BACKEND);
    application = compile("org.example.application", "Main", APPLICATION_MODULE, APPLICATION);
    Path services = Files.createDirectories(Path.of(backend, "META-INF", "services"));
    Files.writeString(
        services.resolve("io.tfo.spi.FastOpenBackend"), "org.example.backend.ExampleBackend");
  }

  private String compile(String name, String type, String moduleInfo, String source)
      throws Exception {
    Path sources = Files.createDirectories(folder.resolve(name + ".sources"));
    Path module = Files.writeString(sources.resolve("module-info.java"), moduleInfo);
    Path file = Files.writeString(sources.resolve(type + ".java"), source);
    String classes = folder.resolve(name).toString();
    ToolProvider javac = ToolProvider.findFirst("javac").orElseThrow();
    assertThat(
            javac.run(
                System.out,
                System.err,
                "-proc:none",
                "-d",
                classes,
                "--module-path",
                LIBRARIES,
                module.toString(),
                file.toString()))
        .isZero();
    return classes;
  }

  @Test
  void worksOnTheModulePath() throws Exception {
    assertWorks(
        ChildJvm.java(
            List.of(
                "--module-path",
                ChildJvm.path(LIBRARIES, backend, application),
                "--module",
                "org.example.application/org.example.application.Main")));
  }

  @Test
  void worksOnTheClassPath() throws Exception {
    assertWorks(
        ChildJvm.java(
            List.of(
                "-cp",
                ChildJvm.path(LIBRARIES, backend, application),
                "org.example.application.Main")));
  }

  /** The SYN was the backend's own; and what the backend does not override has its default. */
  private static void assertWorks(ChildJvm child) {
    assertThat(child.output())
        .contains("example (chosen to connect)")
        .contains("AVAILABLE: an example")
        .contains("sendSyn 2")
        .contains("received 42 43")
        .contains("outcome UNKNOWN")
        .contains("listener UNSUPPORTED");
    assertThat(child.exit()).isZero();
  }

  /** The class files that a module exports to all: each one is a promise. */
  @Test
  void theExportedPackageHasThesePublicTypesOnly() throws Exception {
    Path home = Path.of(ChildJvm.home(JnaBackend.class));
    List<String> names = new ArrayList<>();
    try (Stream<Path> files = Files.list(home.resolve("io/tfo/jna"))) {
      for (Path file : files.filter(each -> each.toString().endsWith(".class")).toList()) {
        String name = file.getFileName().toString().replace(".class", "");
        Class<?> type =
            Class.forName("io.tfo.jna." + name, false, JnaBackend.class.getClassLoader());
        if (!type.isMemberClass() && Modifier.isPublic(type.getModifiers())) {
          names.add(name);
        }
      }
    }
    assertThat(names)
        .containsExactlyInAnyOrder(
            "BufferAddress",
            "IntOption",
            "JnaBackend",
            "KernelDeferral",
            "NativeTcp",
            "OverlappedConnect",
            "SocketAddressLayout");
  }
}
