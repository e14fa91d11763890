package io.tfo.backend.linux.legacy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import com.sun.jna.Native;
import io.tfo.FastOpenConnector;
import io.tfo.jna.test.LibraryPath;
import io.tfo.linux.LinuxTcp;
import io.tfo.test.ChildJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A modular application, which names nothing but the API. */
@EnabledOnOs(OS.LINUX)
class ModulePathTest {
  private static final String API = ChildJvm.home(FastOpenConnector.class);
  private static final String WITH_BACKEND =
      LibraryPath.of(LinuxTcp.class, LinuxLegacyBackend.class, Native.class);

  @TempDir private Path folder;

  @BeforeEach
  void compileTheApplication() throws Exception {
    Path module =
        Files.writeString(
            folder.resolve("module-info.java"), "module application { requires io.tfo; }");
    Files.createDirectories(folder.resolve("application"));
    Path main =
        Files.writeString(
            folder.resolve("application/Main.java"),
            """
            package application;

            import io.tfo.FastOpenBackends;
            import io.tfo.FastOpenConnector;
            import io.tfo.FastOpenListener;
            import java.nio.ByteBuffer;

            public class Main {
              public static void main(String[] args) throws Exception {
                System.out.println(FastOpenBackends.installed());
                var connector = FastOpenConnector.system();
                try (var listener = FastOpenListener.system().open(null, 0, 5);
                    var client =
                        connector.open(
                            listener.getLocalAddress(), ByteBuffer.wrap(new byte[] {42}));
                    var accepted = listener.accept()) {
                  ByteBuffer received = ByteBuffer.allocate(10);
                  System.out.println("received " + accepted.read(received));
                  System.out.println("outcome " + connector.outcome(client));
                  System.out.println("accepted " + FastOpenListener.system().outcome(accepted));
                }
              }
            }
            """);
    ToolProvider javac =
        ToolProvider.findFirst("javac").orElseGet(() -> abort("this runtime has no javac"));
    assertThat(
            javac.run(
                System.out,
                System.err,
                "-proc:none",
                "-Werror",
                "-d",
                folder.resolve("classes").toString(),
                "--module-path",
                API,
                module.toString(),
                main.toString()))
        .isZero();
  }

  @Test
  void findsTheBackendAndConnectsThroughIt() throws Exception {
    ChildJvm child = run(WITH_BACKEND);

    assertThat(child.output())
        .contains("linux-legacy (chosen)")
        .contains("net.ipv4.tcp_fastopen=")
        .contains("received 1")
        // Only the kernel tells these: the plain listener answers UNKNOWN.
        .containsPattern("accepted (NOT_ATTEMPTED|SYN_DATA_ACKED)");
    assertThat(child.exit()).isZero();
  }

  @Test
  @EnabledForJreRange(min = JRE.JAVA_24)
  void asksOnlyThatJnaIsGrantedNativeAccess() throws Exception {
    ChildJvm child =
        run(WITH_BACKEND, "--illegal-native-access=deny", "--enable-native-access=com.sun.jna");

    assertThat(child.output())
        .contains("linux-legacy (chosen)")
        .containsPattern("accepted (NOT_ATTEMPTED|SYN_DATA_ACKED)")
        .doesNotContain("WARNING");
    assertThat(child.exit()).isZero();
  }

  @Test
  @EnabledForJreRange(min = JRE.JAVA_24)
  void connectsPlainlyWhereJnaIsDeniedNativeAccess() throws Exception {
    ChildJvm child = run(WITH_BACKEND, "--illegal-native-access=deny");

    assertThat(child.output())
        .contains("IllegalCallerException")
        .contains("--enable-native-access=com.sun.jna (module path)")
        .contains("received 1")
        .contains("accepted UNKNOWN");
    assertThat(child.exit()).isZero();
  }

  @Test
  void connectsPlainlyWithTheApiAlone() throws Exception {
    ChildJvm child = run(API);

    assertThat(child.output())
        .contains("no backend is installed")
        .contains("received 1")
        .contains("outcome NOT_ATTEMPTED");
    assertThat(child.exit()).isZero();
  }

  private ChildJvm run(String modulePath, String... options) throws Exception {
    List<String> arguments = new ArrayList<>(List.of(options));
    arguments.add("--module-path");
    arguments.add(ChildJvm.path(modulePath, folder.resolve("classes").toString()));
    arguments.add("--module");
    arguments.add("application/application.Main");
    return ChildJvm.java(arguments);
  }
}
