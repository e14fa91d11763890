package io.tfo.jna;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import com.sun.jna.Native;
import io.tfo.jna.test.LibraryPath;
import io.tfo.lab.simulation.LinuxCalls;
import io.tfo.test.ChildJvm;
import io.tfo.test.OneConnectionServer;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;

/** How access to the JDK's channels depends on a JVM's options, each in a JVM of its own. */
class JdkAccessTest {
  private static final String[] WITH_JNA =
      LibraryPath.homes(
          JdkAccessTest.class, OneConnectionServer.class, LinuxCalls.class, Native.class);

  @TempDir private Path folder;

  @Test
  void needsNoOption() throws Exception {
    assertSendsTheSyn(run(WITH_JNA));
  }

  @Test
  void needsNoOptionUnderAnyCollector() throws Exception {
    assertSendsTheSyn(run(WITH_JNA, "-XX:+UseSerialGC"));
    assertSendsTheSyn(run(WITH_JNA, "-XX:+UseParallelGC"));
    assertSendsTheSyn(run(WITH_JNA, "-XX:+UseZGC"));
  }

  @Test
  void survivesTheChecksOfJni() throws Exception {
    ChildJvm child = run(WITH_JNA, "-Xcheck:jni");

    assertSendsTheSyn(child);
    assertThat(child.output()).doesNotContain("FATAL ERROR");
  }

  @Test
  void worksWhereTheApplicationHasOpenedTheJdk() throws Exception {
    assertSendsTheSyn(run(WITH_JNA, "--add-opens", "java.base/sun.nio.ch=ALL-UNNAMED"));
  }

  @Test
  @EnabledForJreRange(min = JRE.JAVA_24)
  void connectsPlainlyWhereNativeAccessIsDenied() throws Exception {
    ChildJvm child = run(WITH_JNA, "--illegal-native-access=deny");

    assertConnectsPlainly(child);
    assertThat(child.output())
        .contains("no access to the JDK's channels")
        .contains("IllegalCallerException")
        .contains("remedy: run java with --enable-native-access=ALL-UNNAMED");
  }

  @Test
  @EnabledForJreRange(min = JRE.JAVA_24)
  void worksWhereNativeAccessIsGranted() throws Exception {
    ChildJvm child =
        run(WITH_JNA, "--illegal-native-access=deny", "--enable-native-access=ALL-UNNAMED");

    assertSendsTheSyn(child);
    assertThat(child.output()).doesNotContain("WARNING");
  }

  /**
   * The JDK's channels are accessible then, but JNA is denied native access, and without JNA no SYN
   * is sent.
   */
  @Test
  @EnabledForJreRange(min = JRE.JAVA_24)
  void openingTheJdkIsNotEnoughWhereNativeAccessIsDenied() throws Exception {
    ChildJvm child =
        run(
            WITH_JNA,
            "--illegal-native-access=deny",
            "--add-opens",
            "java.base/sun.nio.ch=ALL-UNNAMED");

    assertConnectsPlainly(child);
    assertThat(child.output())
        .doesNotContain("no access to the JDK's channels")
        .contains("IllegalCallerException")
        .contains("remedy: run java with --enable-native-access=ALL-UNNAMED");
  }

  @Test
  void connectsPlainlyWithoutJna() throws Exception {
    ChildJvm child =
        run(LibraryPath.homes(JdkAccessTest.class, OneConnectionServer.class, LinuxCalls.class));

    assertConnectsPlainly(child);
    assertThat(child.output())
        .contains("com.sun.jna")
        .contains("remedy: put net.java.dev.jna:jna on the class path");
  }

  /** As in a runtime image that jlink has reduced. */
  @Test
  void connectsPlainlyWithoutTheModuleThatJnaNeeds() throws Exception {
    ChildJvm child = run(WITH_JNA, "--limit-modules=java.base,jdk.net,jdk.unsupported");

    assertConnectsPlainly(child);
    assertThat(child.output()).contains("java.util.logging").contains("--add-modules java.logging");
  }

  @Test
  void connectsPlainlyWhereJnaIsTooOld() throws Exception {
    String[] path = WITH_JNA.clone();
    path[path.length - 1] = withoutSymbolProvider(Path.of(path[path.length - 1])).toString();

    ChildJvm child = run(path);

    assertConnectsPlainly(child);
    assertThat(child.output())
        .contains("com.sun.jna.SymbolProvider", "remedy: put net.java.dev.jna:jna 5.13 or later");
  }

  /** Returns a jar that lacks this class, as that of JNA 5.12 does. */
  private Path withoutSymbolProvider(Path jna) throws IOException {
    Path older = Files.copy(jna, folder.resolve("jna.jar"));
    try (FileSystem jar = FileSystems.newFileSystem(older)) {
      Files.delete(jar.getPath("com/sun/jna/SymbolProvider.class"));
    }
    return older;
  }

  @Test
  void connectsPlainlyWhereJnaCannotUnpackItsLibrary() throws Exception {
    Path file = Files.createFile(folder.resolve("no-folder"));

    ChildJvm child = run(WITH_JNA, "-Djna.tmpdir=" + file.resolve("sub"));

    assertConnectsPlainly(child);
    assertThat(child.output()).contains("UnsatisfiedLinkError").contains("-Djna.tmpdir");
  }

  @Test
  void connectsPlainlyWhereJnaMayNotUnpackItsLibrary() throws Exception {
    ChildJvm child = run(WITH_JNA, "-Djna.nounpack=true");

    assertConnectsPlainly(child);
    assertThat(child.output())
        .contains("UnsatisfiedLinkError", "-Djna.boot.library.path=FOLDER")
        .doesNotContain("jna.tmpdir");
  }

  @Test
  void connectsPlainlyWhereNoFolderCanBeWritten() throws Exception {
    Path file = Files.createFile(folder.resolve("no-folder"));

    ChildJvm child =
        run(
            WITH_JNA,
            "-Duser.home=" + file.resolve("home"),
            "-Djava.io.tmpdir=" + file.resolve("tmp"));

    assertConnectsPlainly(child);
    assertThat(child.output()).contains("UnsatisfiedLinkError").contains("-Djna.tmpdir");
  }

  /** JNA throws a bare Error where it finds a native library of another version. */
  @Test
  void connectsPlainlyWhereJnaIsOfAnotherVersionThanItsLibrary() throws Exception {
    compile(
        folder,
        "com.sun.jna.Native",
        """
        package com.sun.jna;
        public final class Native {
          public static final int POINTER_SIZE = 8;
          public static final int SIZE_T_SIZE = 8;
          static { if (true) throw new Error("There is an incompatible JNA native library"); }
        }
        """);
    List<String> path = new ArrayList<>(List.of(WITH_JNA));
    path.add(0, folder.toString());

    ChildJvm child = run(path.toArray(String[]::new));

    assertConnectsPlainly(child);
    assertThat(child.output()).contains("There is an incompatible JNA native library");
  }

  private static void assertSendsTheSyn(ChildJvm child) {
    assertThat(child.output())
        .contains("AVAILABLE: scripted")
        .contains("native SYN: 1")
        .contains("outcome SYN_DATA_ACKED")
        .contains("received intact");
    assertThat(child.exit()).isZero();
  }

  private static void assertConnectsPlainly(ChildJvm child) {
    assertThat(child.output())
        .contains("first UNSUPPORTED")
        .contains("second UNSUPPORTED")
        .contains("native SYN: 0")
        .contains("outcome NOT_ATTEMPTED")
        .contains("received intact");
    assertThat(child.exit()).isZero();
  }

  private static ChildJvm run(String[] classPath, String... options) throws Exception {
    List<String> arguments = new ArrayList<>(List.of(ChildJvm.BOTH_COMPILERS));
    arguments.addAll(List.of(options));
    arguments.add("-cp");
    arguments.add(ChildJvm.path(classPath));
    arguments.add(Client.class.getName());
    return ChildJvm.java(arguments);
  }

  private static void compile(Path folder, String name, String source) throws Exception {
    Path file = folder.resolve(name.replace('.', '/') + ".java");
    Files.createDirectories(file.getParent());
    Files.writeString(file, source);
    ToolProvider javac =
        ToolProvider.findFirst("javac").orElseGet(() -> abort("this runtime has no javac"));
    assertThat(
            javac.run(
                System.out, System.err, "-proc:none", "-d", folder.toString(), file.toString()))
        .isZero();
  }

  /**
   * The program of the child: two backends, as on a machine with two installed, and a connect by
   * the first.
   */
  static final class Client {
    public static void main(String[] args) throws Exception {
      int[] syns = new int[1];
      LoadedLater first = new LoadedLater(syns);
      LoadedLater second = new LoadedLater(syns);
      try (OneConnectionServer peer = new OneConnectionServer();
          SocketChannel channel =
              first.connector().open(peer.address(), OneConnectionServer.buffer(5000))) {
        System.out.println("native SYN: " + syns[0]);
        System.out.println("first " + first.connector().capability());
        System.out.println("second " + second.connector().capability());
        System.out.println("outcome " + first.connector().outcome(channel));
        channel.shutdownOutput();
        System.out.println(
            java.util.Arrays.equals(peer.received(), OneConnectionServer.bytes(5000))
                ? "received intact"
                : "received something else");
      }
    }
  }

  /** A backend which loads the C library at its first use, as the real ones do. */
  private static final class LoadedLater extends JnaBackend {
    private final int[] syns;

    LoadedLater(int[] syns) {
      super("later", 1, null);
      this.syns = syns;
    }

    @Override
    protected NativeTcp load() {
      LinuxCalls.close(-1);
      ScriptedTcp tcp = new ScriptedTcp();
      tcp.syn =
          (fd, address, addressLength, data, length) -> {
            syns[0]++;
            return ScriptedTcp.taking(1000).send(fd, address, addressLength, data, length);
          };
      return tcp;
    }
  }
}
