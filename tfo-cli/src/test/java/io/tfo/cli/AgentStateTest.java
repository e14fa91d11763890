package io.tfo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Properties;
import org.junit.jupiter.api.Test;

class AgentStateTest {
  /** For example, a name with letters that are not ASCII, if this process runs with LC_ALL=C. */
  @Test
  void hasAJarWhoseNameIsNoPathInThisProcess() {
    Properties properties = new Properties();
    properties.setProperty("io.tfo.agent.jar", "/no\0path.jar");
    properties.setProperty("io.tfo.agent.state", "on");

    assertThat(AgentState.of(properties)).contains(new AgentState("on", "/no\0path.jar"));
  }
}
