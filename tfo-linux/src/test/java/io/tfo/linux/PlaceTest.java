package io.tfo.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlaceTest {
  private static final IntSetting SETTING = IntSetting.of("net.ipv4.tcp_fastopen");
  private static final String COMMAND = "sysctl -w net.ipv4.tcp_fastopen=3";
  private static final String LASTING =
      COMMAND
          + "; to keep it after a reboot: echo net.ipv4.tcp_fastopen=3"
          + " > /etc/sysctl.d/60-fastopen.conf";

  @TempDir private Path root;
  private boolean isWritable = true;

  @BeforeEach
  void createTheFile() throws Exception {
    write("proc/sys/net/ipv4/tcp_fastopen", "1");
    write("proc/self/uid_map", "         0          0 4294967295\n");
  }

  @Test
  void isACommandAndAFileWhereTheSettingCanBeWritten() {
    assertThat(remedy(Map.of())).isEqualTo(LASTING);
  }

  @Test
  void asksForRootWhereThisUserMayNotWrite() {
    readOnly();

    assertThat(remedy(Map.of())).isEqualTo("as root: " + LASTING);
  }

  @Test
  void endsWithTheNamespaceWhereTheUsersAreMapped() throws Exception {
    write("proc/self/uid_map", "         0       1000          1\n");
    assertThat(remedy(Map.of())).isEqualTo(COMMAND + " (for this namespace)");

    readOnly();
    assertThat(remedy(Map.of())).isEqualTo("outside of this user namespace, as root: " + COMMAND);
  }

  @Test
  void isAnOptionOfDocker() throws Exception {
    write(".dockerenv", "");
    readOnly();

    assertThat(remedy(Map.of())).startsWith("docker run --sysctl net.ipv4.tcp_fastopen=3 ");
  }

  @Test
  void isAnOptionOfPodman() throws Exception {
    write("run/.containerenv", "");

    assertThat(remedy(Map.of("container", "podman")))
        .startsWith(COMMAND + "; at each start: podman run --sysctl net.ipv4.tcp_fastopen=3 ");
  }

  @Test
  void isASysctlOfThePodThatTheKubeletMustAllow() throws Exception {
    write(".dockerenv", "");
    readOnly();

    assertThat(remedy(Map.of("KUBERNETES_SERVICE_HOST", "10.0.0.1")))
        .startsWith("securityContext.sysctls of the pod: name: net.ipv4.tcp_fastopen, value: \"3\"")
        .endsWith("--allowed-unsafe-sysctls=net.ipv4.tcp_fastopen");
  }

  @Test
  void namesAnotherContainer() {
    readOnly();

    assertThat(remedy(Map.of("container", "systemd-nspawn"))).contains("systemd-nspawn", "=3");
  }

  @Test
  void isSomewhereElseWhereTheFileIsHidden() {
    assertThat(place(Map.of()).hiddenSysctl(SETTING, 3, true))
        .isEqualTo("the setting is hidden here; outside, as root: " + LASTING);
    assertThat(place(Map.of("INVOCATION_ID", "1")).hiddenSysctl(SETTING, 3, true))
        .contains("ProtectKernelTunables=");
  }

  @Test
  void isOnTheHostWhereTheKernelHasOneSettingForAllNamespaces() throws Exception {
    write(".dockerenv", "");

    assertThat(place(Map.of()).hiddenSysctl(SETTING, 3, false))
        .isEqualTo(
            "this kernel has one setting for all containers; on the host, as root: " + LASTING);
  }

  @Test
  void isFoundWithoutTheEnvironmentThatASecurityManagerDenies() {
    Place denied =
        new Place(
            root,
            name -> {
              throw new SecurityException(name);
            },
            file -> true);

    assertThat(denied.sysctl(SETTING, 3)).isEqualTo(LASTING);
  }

  private void readOnly() {
    isWritable = false;
  }

  private void write(String file, String text) throws Exception {
    Path path = root.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  private Place place(Map<String, String> environment) {
    return new Place(root, environment::get, file -> isWritable);
  }

  private String remedy(Map<String, String> environment) {
    return place(environment).sysctl(SETTING, 3);
  }
}
