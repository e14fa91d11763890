package io.tfo.backend.linux.connect;

import static org.assertj.core.api.Assertions.assertThat;

import application.EchoProgram;
import com.sun.jna.Native;
import io.tfo.jna.test.LibraryPath;
import io.tfo.linux.LinuxTcp;
import io.tfo.nio.FastOpenSelectorProvider;
import io.tfo.test.ChildJvm;
import java.nio.channels.spi.SelectorProvider;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A JVM whose provider is ours, on the class path and on the module path. */
@EnabledOnOs(OS.LINUX)
class SelectorProviderTest {
  private static final String DEFERS = "connects are deferred by linux-connect";
  private static final String LIBRARY =
      LibraryPath.of(LinuxTcp.class, LinuxConnectBackend.class, Native.class);
  private static final String PROGRAM = ChildJvm.home(EchoProgram.class);

  @Test
  void defersOnTheClassPath() throws Exception {
    ChildJvm child = classPath();

    assertThat(child.output()).contains("received 3").contains(DEFERS);
    assertThat(child.exit()).isZero();
  }

  @Test
  void defersOnTheModulePath() throws Exception {
    ChildJvm child = modulePath();

    assertThat(child.output()).contains("received 3").contains(DEFERS);
    assertThat(child.exit()).isZero();
  }

  @Test
  void defersWhereTheApplicationAsksForTheLibraryFirst() throws Exception {
    ChildJvm child = classPath("-Dprogram.first=library");

    assertThat(child.output()).contains("received 3").contains(DEFERS);
    assertThat(child.exit()).isZero();
  }

  @Test
  void saysOnceThatTheProgramConnectsToNoneOfThePorts() throws Exception {
    ChildJvm child = classPath("-Dio.tfo.provider.ports=443");

    assertThat(child.output())
        .contains("received 3")
        .containsOnlyOnce("the first connect of an NIO channel is not deferred");
    assertThat(child.exit()).isZero();
  }

  @Test
  void doesNothingWhereTheLibraryIsSwitchedOff() throws Exception {
    ChildJvm child = classPath("-Dio.tfo.backend=none");

    assertThat(child.output())
        .contains("received 3")
        .contains("connects are deferred by no backend; listeners are switched on by no backend");
    assertThat(child.exit()).isZero();
  }

  @Test
  @EnabledForJreRange(min = JRE.JAVA_24)
  void asksOnlyThatJnaIsGrantedNativeAccess() throws Exception {
    ChildJvm child =
        modulePath("--illegal-native-access=deny", "--enable-native-access=com.sun.jna");

    assertThat(child.output()).contains("received 3").contains(DEFERS).doesNotContain("WARNING");
    assertThat(child.exit()).isZero();
  }

  @ParameterizedTest
  @EnabledForJreRange(min = JRE.JAVA_24)
  @ValueSource(strings = {"-Dplain=true", "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED"})
  void isTheJdksProviderWhereNativeAccessIsDenied(String option) throws Exception {
    ChildJvm child = classPath("--illegal-native-access=deny", option);

    assertThat(child.output()).contains("received 3").contains("deferred by no backend");
    assertThat(child.exit()).isZero();
  }

  @Test
  @EnabledForJreRange(min = JRE.JAVA_24)
  void isTheJdksProviderWhereNativeAccessIsDeniedOnTheModulePath() throws Exception {
    ChildJvm child = modulePath("--illegal-native-access=deny", "--add-modules=java.management");

    assertThat(child.output()).contains("received 3").contains("deferred by no backend");
    assertThat(child.exit()).isZero();
  }

  private static ChildJvm classPath(String... options) throws Exception {
    return run(List.of("-cp", ChildJvm.path(LIBRARY, PROGRAM)), options);
  }

  private static ChildJvm modulePath(String... options) throws Exception {
    return run(List.of("-p", LIBRARY, "--add-modules", "io.tfo", "-cp", PROGRAM), options);
  }

  private static ChildJvm run(List<String> path, String... options) throws Exception {
    List<String> arguments = new ArrayList<>();
    arguments.add("-Dio.tfo.provider.ports=all"); // of two values, the last counts
    arguments.addAll(List.of(options));
    arguments.add(
        "-D" + SelectorProvider.class.getName() + "=" + FastOpenSelectorProvider.class.getName());
    arguments.addAll(path);
    arguments.add(EchoProgram.class.getName());
    return ChildJvm.java(arguments);
  }
}
