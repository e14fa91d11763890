package io.tfo.integration.stress;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.Native;
import com.sun.jna.Platform;
import io.tfo.test.ChildJvm;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Connects plainly, with the reason, where JNA cannot unpack or load its library. */
@EnabledOnOs(OS.LINUX)
class JnaLibraryTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  @TempDir private Path folder;

  @Test
  void connectsPlainlyWhereTheTemporaryFolderIsNoexec() throws Exception {
    assertConnectsPlainly(
        StressJvm.runAfter(
            "mount -t tmpfs -o noexec none " + folder,
            Tenant.class,
            MINUTE,
            List.of(
                ChildJvm.FIRST_COMPILER, "-Djava.io.tmpdir=" + folder, "-Duser.home=" + folder)),
        "-Djna.tmpdir=FOLDER");
  }

  @Test
  void needsNoHomeThatCanBeWritten() throws Exception {
    String output =
        StressJvm.runAfter(
            "mount -t tmpfs -o ro none " + folder,
            Tenant.class,
            MINUTE,
            List.of(ChildJvm.FIRST_COMPILER, "-Duser.home=" + folder));

    assertThat(output).contains("outcome SYN_DATA_ACKED by AVAILABLE");
  }

  @Test
  void connectsPlainlyWhereTheLibraryIsMissing() throws Exception {
    assertConnectsPlainly(
        StressJvm.run(
            Tenant.class,
            MINUTE,
            List.of(
                ChildJvm.FIRST_COMPILER,
                "-Djna.nounpack=true",
                "-Djna.boot.library.path=" + folder)),
        "-Djna.boot.library.path=FOLDER");
  }

  private static void assertConnectsPlainly(String output, String remedy) {
    assertThat(output)
        .contains("outcome NOT_ATTEMPTED by UNSUPPORTED")
        .contains("UnsatisfiedLinkError")
        .contains(remedy);
  }

  @Test
  void twoCopiesInTwoClassLoadersConnectSideBySide() throws Exception {
    String output =
        StressJvm.run(ClassLoaderCopies.class, MINUTE, List.of(ChildJvm.FIRST_COMPILER), "two");

    assertThat(output).containsSubsequence("SYN_DATA_ACKED by", "SYN_DATA_ACKED by");
  }

  /** The JVM lets only one class loader load a given native library file. */
  @Test
  void oneOfTwoCopiesConnectsPlainlyWhereBothAreGivenTheSameFile() throws Exception {
    String name = "libjnidispatch.so";
    try (InputStream library =
        Native.class.getResourceAsStream("/com/sun/jna/" + Platform.RESOURCE_PREFIX + "/" + name)) {
      Files.copy(library, folder.resolve(name));
    }

    String output =
        StressJvm.run(
            ClassLoaderCopies.class,
            MINUTE,
            List.of(
                ChildJvm.FIRST_COMPILER,
                "-Djna.nounpack=true",
                "-Djna.boot.library.path=" + folder),
            "two");

    assertThat(output)
        .contains("outcome SYN_DATA_ACKED by AVAILABLE")
        .contains("outcome NOT_ATTEMPTED by UNSUPPORTED");
  }
}
