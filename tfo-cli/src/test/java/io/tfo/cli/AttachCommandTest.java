package io.tfo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AttachCommandTest {
  @Test
  void onLinuxTheJarCanBeInTheContainerOfTheProcess() {
    assertThat(AttachCommand.places("/opt/tfo-agent.jar", 7, "Linux"))
        .containsExactly("/opt/tfo-agent.jar", "/proc/7/root/opt/tfo-agent.jar");
  }

  /**
   * The name is not checked here: a name that is not valid in this locale is left to the other JVM.
   */
  @ParameterizedTest
  @ValueSource(strings = {"Windows 11", "Mac OS X", "FreeBSD"})
  void elsewhereTheJarIsWhereItsNameSays(String system) {
    String jar = "C:\\agents\\tfo-agent.jar";

    assertThat(AttachCommand.places(jar, 7, system)).containsExactly(jar);
  }
}
