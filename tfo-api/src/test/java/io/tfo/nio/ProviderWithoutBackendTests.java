package io.tfo.nio;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenConnector;
import io.tfo.test.ChildJvm;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tests of the two providers without a backend, in a child JVM. */
abstract class ProviderWithoutBackendTests {
  private final Class<?> ofJdk;
  private final Class<?> provider;
  private final Class<?> program;
  private final String channels;

  /**
   * Creates the tests of a provider.
   *
   * @param ofJdk the JDK's class, whose name is the system property
   * @param provider ours
   * @param program uses the channels, and prints "all of it works"
   * @param channels the kind of the channels, as messages name it
   */
  ProviderWithoutBackendTests(
      Class<?> ofJdk, Class<?> provider, Class<?> program, String channels) {
    this.ofJdk = ofJdk;
    this.provider = provider;
    this.program = program;
    this.channels = channels;
  }

  @Test
  void opensTheJdksChannelsWithoutABackend() throws Exception {
    assertOpensTheJdksChannels(run());
  }

  @Test
  void reportsTheRemedyIfTheJdksProviderCannotBeReached() throws Exception {
    ChildJvm child = run("--limit-modules=java.base,jdk.net");

    assertThat(child.output())
        .contains("the JDK's own " + ofJdk.getSimpleName() + " cannot be reached")
        .contains("--add-modules java.management")
        .contains("remove -D" + ofJdk.getName());
    assertThat(child.exit()).isNotZero();
  }

  @Test
  void opensTheJdksChannelsAndWarnsIfASettingIsMalformed() throws Exception {
    ChildJvm child = run("-Dio.tfo.provider.ports=https");

    assertThat(child.output())
        .contains("WARNING: " + channels + "s do not use TCP Fast Open")
        .contains("-Dio.tfo.provider.ports=https: must be all, none, or")
        .contains("all of it works");
    assertThat(child.exit()).isZero();
  }

  final void assertOpensTheJdksChannels(ChildJvm child) {
    assertThat(child.output())
        .contains("all of it works")
        .contains("connects are deferred by no backend; listeners are switched on by no backend")
        .contains("connects of " + channels + "s are not deferred")
        .doesNotContain("WARNING");
    assertThat(child.exit()).isZero();
  }

  final ChildJvm run(String... options) throws Exception {
    List<String> arguments = new ArrayList<>(List.of(options));
    arguments.add("-D" + ofJdk.getName() + "=" + provider.getName());
    arguments.add("-cp");
    arguments.add(ChildJvm.path(ChildJvm.home(FastOpenConnector.class), ChildJvm.home(program)));
    arguments.add(program.getName());
    return ChildJvm.java(arguments);
  }
}
