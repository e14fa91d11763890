package io.tfo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfo.test.SilentLogger;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisabledOnOs(value = OS.WINDOWS, disabledReason = "no POSIX permissions")
class FastOpenKeyFileTest {
  private static final String FIRST = "00000001-00000002-00000003-00000004";
  private static final String SECOND = "5ec7e705-5ec7e706-5ec7e707-5ec7e708";
  private static final Instant NOW = Instant.ofEpochSecond(1_764_151_200);

  @TempDir private Path folder;
  private Path path;
  private long nanos;

  @RegisterExtension static final SilentLogger LOG = new SilentLogger("io.tfo");

  @BeforeEach
  void file() throws Exception {
    path = folder.resolve("keys");
    write(FIRST + "\n");
  }

  private void write(String content) throws IOException {
    Files.writeString(path, content);
    chmod("rw-------");
  }

  private void chmod(String permissions) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
  }

  private static String keys(FastOpenKeySource source) throws IOException {
    try (FastOpenKeys keys = source.keysAt(NOW)) {
      return keys.toSysctl();
    }
  }

  private FastOpenKeyFile open(Path file) throws IOException {
    return FastOpenKeyFile.of(file, () -> nanos);
  }

  /** Looks twice, as a changed file must be the same at two looks, a second apart. */
  private String keysAfterTwoLooks(FastOpenKeySource source) throws IOException {
    keys(source);
    nanos += 1_000_000_000;
    return keys(source);
  }

  @Test
  void givesTheKeysThatTheSysctlPrints() throws Exception {
    write("# of the fleet\n\n  " + FIRST + "," + SECOND + "  \r\n");
    assertThat(keys(open(path))).isEqualTo(FIRST + "," + SECOND);
  }

  @Test
  void derivesTheKeysOfASecretAndAPeriod() throws Exception {
    write("secret  sécret with spaces \nperiod PT24H");
    try (FastOpenKeys expected =
        FastOpenKeys.derived(
            "sécret with spaces".getBytes(java.nio.charset.StandardCharsets.UTF_8),
            Duration.ofDays(1),
            NOW)) {
      assertThat(keys(open(path))).isEqualTo(expected.toSysctl());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|it is empty",
        "'# nothing\n'|it has no keys",
        "'5ec7e705-5ec7e706'|line 1: the primary key does not have the form",
        "'\n5ec7e705-5ec7e706-5ec7e707-5ec7e708,5ec'|line 2: the backup key does not have the form",
        "'secret 5ec7e7'|either keys, or a secret and a period",
        "'period PT1H'|either keys, or a secret and a period",
        "'secret\nperiod PT1H'|line 1: the secret is empty",
        "'secret 5ec7e7\nperiod'|line 2: the period does not have the form PT24H",
        "'secret 5ec7e7\nperiod PT1'|line 2: the period does not have the form PT24H",
        "'secret 5ec7e7\nperiod PT0.5S'|whole seconds",
        "'secret 5ec7e7\nsecret 5ec7e7\nperiod PT1H'|line 2: only one line of this kind is allowed",
        "'secret 5ec7e7\nperiod PT1H\n00000001-00000002-00000003-00000004'|either keys, or",
        "'password 5ec7e7'|line 1: the primary key does not have the form"
      })
  void saysWhatIsMalformedWithoutTellingTheContent(String content, String message)
      throws Exception {
    write(content);
    assertThatThrownBy(() -> open(path))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(path.toString())
        .hasMessageContaining(message)
        .hasMessageNotContaining("5ec7e7");
  }

  @Test
  void refusesWhatIsTooLongOrNotText() throws Exception {
    write("#".repeat(5000));
    assertThatThrownBy(() -> open(path)).hasMessageContaining("more than 4096 bytes");
    Files.write(path, new byte[] {(byte) 0xff, (byte) 0xfe});
    assertThatThrownBy(() -> open(path)).hasMessageContaining("not UTF-8 text");
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-r--r--", "rw----r--", "rw-----w-", "rw------x", "rw--w----"})
  void refusesAFileThatIsOpenToOthers(String permissions) throws Exception {
    chmod(permissions);
    assertThatThrownBy(() -> open(path))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("open to others")
        .hasMessageContaining("chmod 600");
  }

  @Test
  void takesAFileThatItsGroupMayRead() throws Exception {
    chmod("r--r-----");
    assertThat(keys(open(path))).isEqualTo(FIRST);
  }

  @Test
  void refusesWhatIsNoFile() throws Exception {
    assertThatThrownBy(() -> open(folder.resolve("none")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("there is no such file");
    assertThatThrownBy(() -> open(folder))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("not a regular file");
  }

  @Test
  void takesAChangeThatASecondLookFindsASecondLater() throws Exception {
    FastOpenKeyFile file = open(path);
    write(SECOND + "," + FIRST);

    assertThat(keys(file)).isEqualTo(FIRST);
    assertThat(keys(file)).as("for another listener, at once").isEqualTo(FIRST);
    nanos += 1_000_000_000;
    assertThat(keys(file)).isEqualTo(SECOND + "," + FIRST);
    assertThat(file.problem()).isEmpty();
  }

  @Test
  void takesALinkThatPointsToAnotherFile() throws Exception {
    Path link = Files.createSymbolicLink(folder.resolve("link"), path);
    FastOpenKeyFile file = open(link);
    Path other = folder.resolve("other");
    Files.writeString(other, SECOND);
    Files.setPosixFilePermissions(other, PosixFilePermissions.fromString("rw-------"));
    Path next = Files.createSymbolicLink(folder.resolve("next"), other);
    Files.move(next, link, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);

    assertThat(keysAfterTwoLooks(file)).isEqualTo(SECOND);
  }

  @Test
  void keepsItsKeysWhileTheFileIsMalformedMissingOrOpenToOthers() throws Exception {
    FastOpenKeyFile file = open(path);

    write(SECOND.substring(0, 20));
    assertThat(keysAfterTwoLooks(file)).isEqualTo(FIRST);
    assertThat(file.problem()).hasValueSatisfying(p -> assertThat(p).contains("primary key"));

    write("");
    assertThat(keysAfterTwoLooks(file)).isEqualTo(FIRST);
    assertThat(file.problem()).hasValueSatisfying(p -> assertThat(p).contains("empty"));

    Files.delete(path);
    assertThat(keysAfterTwoLooks(file)).isEqualTo(FIRST);
    assertThat(file.problem()).hasValueSatisfying(p -> assertThat(p).contains("no such file"));

    write(SECOND);
    chmod("rw-r--r--");
    assertThat(keysAfterTwoLooks(file)).isEqualTo(FIRST);
    assertThat(file.problem()).hasValueSatisfying(p -> assertThat(p).contains("open to others"));

    chmod("rw-------");
    assertThat(keysAfterTwoLooks(file)).isEqualTo(SECOND);
    assertThat(file.problem()).isEmpty();
  }

  @Test
  void printsItsPathOnly() throws Exception {
    assertThat(open(path)).hasToString("FastOpenKeyFile[" + path + "]");
  }
}
